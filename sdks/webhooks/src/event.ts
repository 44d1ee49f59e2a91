/**
 * What a webhook carries. Only what the library itself relies on is checked; the rest of an event is the sender's, whose
 * signature has been verified before anything here reads it.
 */
import { SignatureError } from "./signature-error.ts";

/** An event as Stripe's API shapes it. Annotate a handler's parameter with Stripe's own types to have more of it. */
export interface WebhookEvent {
  readonly id: string;
  readonly object: "event";
  readonly type: string;
  /** Unix seconds. */
  readonly created: number;
  readonly livemode: boolean;
  readonly api_version: string | null;
  readonly account?: string;
  readonly data: {
    readonly object: Readonly<Record<string, unknown>>;
    readonly previous_attributes?: Readonly<Record<string, unknown>>;
  };
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null } | null;
}

const textLengthMax = 255;

/** @throws SignatureError `not_an_event` if the text, though signed, is no event. */
export function parseEvent(body: string): WebhookEvent {
  const event = parsed(body);
  const { created, id, type } = event;
  if (!(isName(id) && isName(type) && Number.isSafeInteger(created) && isRecord(event["data"])))
    throw notAnEvent("it lacks an id, a type, a time of creation or data");
  if (!isRecord(event["data"]["object"])) throw notAnEvent("its data holds no object");
  return event as unknown as WebhookEvent;
}

/**
 * What an event is about: events with the same key are handled one at a time, in order. An event whose object has no id
 * of its own (a balance, an upcoming invoice) stands alone.
 */
export function objectKeyOf(event: WebhookEvent): string {
  const id = event.data.object["id"];
  return isName(id) ? id : event.id;
}

function parsed(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw notAnEvent("it is not JSON", cause);
  }
  if (!isRecord(value)) throw notAnEvent("it is not an object");
  return value;
}

function notAnEvent(why: string, cause?: unknown): SignatureError {
  return new SignatureError(
    "not_an_event",
    `The body is signed, but it is no event: ${why}. Send this endpoint nothing but events.`,
    { cause },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= textLengthMax;
}
