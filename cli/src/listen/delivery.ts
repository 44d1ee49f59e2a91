/**
 * The server's side of `istripe listen`: a listener under a name, the deliveries that it leases out, and what became of
 * each. Shapes are checked here, so that the loop above sees values only.
 */
import { callQuietly, isObject, objectsIn, textIn, type WireObject } from "../api/api.ts";
import type { Form } from "../api/http-request.ts";
import type { Given } from "../line/command.ts";
import { CommandFailure, exitCodes } from "../line/failure.ts";
import type { Forwarded, SignedMessage } from "./forward.ts";

const path = "/v1/istripe/webhook_listeners";
/** How long the server may wait for an event before it answers that there is none. */
const pollSeconds = 25;

export interface Listener {
  readonly id: string;
  readonly secret: string;
}

export interface Delivery extends SignedMessage {
  readonly id: string;
  readonly event: string;
  readonly eventType: string;
  readonly attempt: number;
}

export interface ListenerTerms {
  readonly name: string;
  readonly enabledEvents: readonly string[];
}

/** The same name has the same listener, secret and backlog again. */
export async function registerListener(given: Given, terms: ListenerTerms): Promise<Listener> {
  const form: Form = [
    ["name", terms.name],
    ...terms.enabledEvents.map((type) => ["enabled_events[]", type] as const),
  ];
  const made = await callQuietly(given, { form, method: "POST", path });
  return { id: required(made, "id"), secret: required(made, "secret") };
}

/** Waits for deliveries; none came when it is empty. */
export async function leaseDeliveries(
  given: Given,
  asked: { readonly listener: string; readonly limit: number; readonly signal: AbortSignal },
): Promise<readonly Delivery[]> {
  const list = await callQuietly(given, {
    form: [
      ["timeout", String(pollSeconds)],
      ["limit", String(asked.limit)],
    ],
    method: "GET",
    path: `${path}/${asked.listener}/deliveries`,
    signal: asked.signal,
    timeoutMs: (pollSeconds + 15) * 1000,
  });
  return objectsIn(list, "data").map((object) => ({
    attempt: typeof object["attempt"] === "number" ? object["attempt"] : 1,
    body: required(object, "body"),
    event: required(object, "event"),
    eventType: required(object, "event_type"),
    headers: headersOf(object["headers"]),
    id: required(object, "id"),
  }));
}

/** Tells the server, which alone decides whether and when it is tried again. */
export async function reportForwarded(
  given: Given,
  done: {
    readonly listener: string;
    readonly delivery: string;
    readonly forwarded: Forwarded;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { durationMs, error, responseBody, status } = done.forwarded;
  const form: Form = [
    ["duration_ms", String(durationMs)],
    ...(status === null ? [] : ([["status", String(status)]] as const)),
    ...(error === null ? [] : ([["error", error]] as const)),
    ...(responseBody === "" ? [] : ([["response_body", responseBody]] as const)),
  ];
  await callQuietly(given, {
    form,
    method: "POST",
    path: `${path}/${done.listener}/deliveries/${done.delivery}`,
    signal: done.signal,
  });
}

function required(object: WireObject, field: string): string {
  const value = textIn(object, field);
  if (value !== undefined) return value;
  throw new CommandFailure(
    exitCodes.failed,
    `The server's answer has no ${field}: it may be of another version than this program.`,
  );
}

const headersOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).flatMap(([name, text]) =>
      typeof text === "string" ? [[name, text]] : [],
    ),
  );
