/**
 * One attempt at a delivery, from the row to what became of it. Nothing here writes: the result is a value, stored by
 * whoever asked.
 */
import type { Platform } from "../../context.ts";
import { readRetryAfter } from "../deliveries/retry-schedule.ts";
import type { FailureStage, WebhookDeliveryRow } from "../deliveries/schema.ts";
import type { WebhookEndpointRow } from "../endpoints/schema.ts";
import type { SendingPolicy } from "../sending/address-guard.ts";
import type { Outcome } from "../sending/outcome.ts";
import type { Sender } from "../sending/sender.ts";
import type { Lookups } from "./lookups.ts";
import { messageOf } from "./message.ts";

/** What one attempt left to be stored. */
export interface Attempted {
  readonly delivery: WebhookDeliveryRow;
  readonly number: number;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly pending: number;
  readonly status: number | null;
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  readonly responseBody: string | null;
  /** Null: the endpoint took it. */
  readonly failure: {
    readonly stage: FailureStage;
    readonly reason: string;
    readonly message: string;
  } | null;
  readonly retryAfterMs: number | null;
  /** Whether it was sent after the endpoint had taken it, as a fault asks: then it changes nothing. */
  readonly isCopy: boolean;
}

export interface AttemptParts {
  readonly clock: Platform["clock"];
  readonly lookups: Lookups;
  readonly sender: Sender;
  readonly policyOf: (livemode: boolean) => SendingPolicy;
}

interface Attempting {
  readonly delivery: WebhookDeliveryRow;
  readonly endpoint: WebhookEndpointRow;
  readonly secrets: readonly string[];
  /** Which attempt it is, from 1. */
  readonly number: number;
  readonly isCopy: boolean;
}

export type Attempt = (attempting: Attempting) => Promise<Attempted>;

/** What is kept of an answer, in characters. */
const responseTextMax = 8192;

export function createAttempt(parts: AttemptParts): Attempt {
  const { clock, lookups } = parts;
  return async ({ delivery, endpoint, isCopy, number, secrets }) => {
    const text = await lookups.textOf(delivery);
    const startedMs = clock.system();
    const about = { delivery, isCopy, number, startedMs, url: shownUrl(endpoint.url) };
    if (text === undefined) return unsent(about, eventForgotten);
    const pending =
      delivery.sibling_count === 1 ? 1 : Math.max(1, await lookups.pendingOf(delivery));
    if (number <= (delivery.faults?.drop ?? 0)) return unsent({ ...about, pending }, dropped);
    const { body, headers } = messageOf(delivery, {
      isStandard: endpoint.standard_webhooks,
      nowMs: startedMs,
      number,
      pending,
      secrets,
      text,
    });
    const outcome = await parts.sender.send({
      body,
      headers,
      policy: parts.policyOf(delivery.livemode),
      url: endpoint.url,
    });
    return {
      ...about,
      durationMs: Math.round(outcome.durationMs),
      pending,
      requestHeaders: headers,
      ...judged(outcome, startedMs),
    };
  };
}

/** Without the user name and password that a URL may hold, which are sent and kept nowhere else. */
function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === "" && parsed.password === "")) return url;
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

const eventForgotten = {
  message: "The event is older than events are kept, so it can no longer be told.",
  reason: "event_forgotten",
  stage: "before",
} as const;

const dropped = {
  message: "A fault asked for this attempt to be lost on its way.",
  reason: "dropped",
  stage: "before",
} as const;

function unsent(
  about: Pick<Attempted, "delivery" | "isCopy" | "number" | "startedMs" | "url"> & {
    readonly pending?: number;
  },
  failure: NonNullable<Attempted["failure"]>,
): Attempted {
  return {
    pending: 0,
    ...about,
    durationMs: 0,
    failure,
    requestHeaders: {},
    responseBody: null,
    responseHeaders: null,
    retryAfterMs: null,
    status: null,
  };
}

type Judged = Pick<
  Attempted,
  "failure" | "responseBody" | "responseHeaders" | "retryAfterMs" | "status"
>;

/** Success is a 2xx and nothing else. */
function judged(outcome: Outcome, nowMs: number): Judged {
  const response = outcome.kind === "answered" ? outcome : outcome.response;
  const headers = response === null ? null : plainHeaders(response.headers);
  const answer = {
    responseBody: response === null ? null : shownText(response.body),
    responseHeaders: headers,
    retryAfterMs: readRetryAfter(headers?.["retry-after"], nowMs),
    status: response?.status ?? null,
  };
  if (outcome.kind === "failed") {
    const { message, reason, stage } = outcome;
    return { ...answer, failure: { message, reason, stage } };
  }
  if (outcome.status >= 200 && outcome.status <= 299) return { ...answer, failure: null };
  const message = `The endpoint answered with the status ${outcome.status}; only 200 to 299 mean that it took the event.`;
  return { ...answer, failure: { message, reason: "status", stage: "after" } };
}

function plainHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    plain[name] = storable(Array.isArray(value) ? value.join(", ") : value);
  }
  return plain;
}

const shownText = (body: Buffer): string =>
  storable(body.toString("utf8", 0, responseTextMax * 4).slice(0, responseTextMax));

/** No database keeps a NUL in a text, or half of a character, which cutting a text may leave. */
const storable = (text: string): string => text.replaceAll("\0", "\ufffd").toWellFormed();
