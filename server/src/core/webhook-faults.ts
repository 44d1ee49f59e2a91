/**
 * What a test may have go wrong with deliveries, in test mode only: for all that an endpoint is sent, or for the events
 * of one request. Each fault is one that receivers meet in production and seldom try.
 */

import { invalidRequest } from "./errors.ts";
import { flag, hash, integer } from "./parameters.ts";
import { Type } from "./schema-builder.ts";

export interface WebhookFaults {
  /** How many times more the same delivery is sent after it succeeded. */
  readonly duplicate?: number;
  /** Whether what comes within a short while is sent in the opposite order. */
  readonly reorder?: boolean;
  /** Seconds before the first attempt. */
  readonly delay?: number;
  /** How many attempts are lost on the way: they fail without being sent. */
  readonly drop?: number;
  /** Whether the body is changed after it was signed. */
  readonly tamper?: boolean;
  /** Whether the signature's time is further in the past than receivers accept. */
  readonly expire_timestamp?: boolean;
}

const duplicateMax = 10;
const delaySecondsMax = 3600;
const dropMax = 10;

export const faultsParameter = () =>
  hash({
    delay: Type.Optional(integer({ maximum: delaySecondsMax, minimum: 0 })),
    drop: Type.Optional(integer({ maximum: dropMax, minimum: 0 })),
    duplicate: Type.Optional(integer({ maximum: duplicateMax, minimum: 0 })),
    expire_timestamp: Type.Optional(flag()),
    reorder: Type.Optional(flag()),
    tamper: Type.Optional(flag()),
  });

/** The header by which one request asks for faults in the deliveries of its events. */
export const faultsHeader = "istripe-webhook-faults";

const amounts: ReadonlyMap<string, readonly ["delay" | "drop" | "duplicate", number]> = new Map([
  ["delay", ["delay", delaySecondsMax]],
  ["drop", ["drop", dropMax]],
  ["duplicate", ["duplicate", duplicateMax]],
]);
const switches: ReadonlyMap<string, "expire_timestamp" | "reorder" | "tamper"> = new Map([
  ["expire_timestamp", "expire_timestamp"],
  ["reorder", "reorder"],
  ["tamper", "tamper"],
]);

/**
 * Reads `duplicate=2, delay=5, tamper`.
 *
 * @returns null where the header is not there.
 * @throws ApiError 400 for what is no fault, or in live mode.
 */
export function readFaultsHeader(
  header: string | undefined,
  livemode: boolean,
): WebhookFaults | null {
  if (header === undefined || header.trim() === "") return null;
  if (livemode) {
    throw invalidRequest("The header Istripe-Webhook-Faults is for test mode only.");
  }
  return Object.assign({}, ...header.split(",").map(readFault)) as WebhookFaults;
}

function readFault(text: string): WebhookFaults {
  const [name = "", amount = "1"] = text.trim().split("=");
  const switched = switches.get(name);
  if (switched !== undefined && amount === "1") return { [switched]: true };
  const counted = amounts.get(name);
  const count = /^\d{1,5}$/.test(amount) ? Number(amount) : Number.NaN;
  if (counted !== undefined && count <= counted[1]) return { [counted[0]]: count };
  throw invalidRequest(
    `The header Istripe-Webhook-Faults holds what is no fault: give some of ${[...amounts.keys()].map((known) => `${known}=N`).join(", ")}, ${[...switches.keys()].join(", ")}, separated by commas.`,
  );
}

/** The endpoint's faults and the request's, which win. */
export const bothFaults = (
  endpoint: WebhookFaults | null,
  request: WebhookFaults | null,
): WebhookFaults | null =>
  endpoint === null || request === null ? (request ?? endpoint) : { ...endpoint, ...request };
