/**
 * What one attempt sends: the event as it was when it happened, with the one thing in it that changes, signed now. The
 * text of an event is kept for a while, because its deliveries go out close together.
 */

import type { WebhookDeliveryRow } from "../deliveries/schema.ts";
import type { EventRow } from "../events/schema.ts";
import { standardSignature, stripeSignature } from "../sending/signature.ts";

/** An event as JSON, in two parts: between them stands how many endpoints have not taken it yet. */
export interface EventText {
  readonly head: string;
  readonly tail: string;
}

/** @param serialize writes an event that no endpoint waits for. */
export function eventTextOf(event: EventRow, serialize: (event: EventRow) => string): EventText {
  const text = serialize(event);
  // A line of its own at the outermost depth: no text inside the event can look like it, line ends being escaped.
  const mark = '\n  "pending_webhooks": 0';
  const at = text.lastIndexOf(mark);
  if (at === -1) throw new Error("an event's text has no pending_webhooks");
  const end = at + mark.length;
  return { head: text.slice(0, end - 1), tail: text.slice(end) };
}

/** Characters of texts that are kept at most: some thousands of events. */
const charactersMax = 12_000_000;

export interface EventTexts {
  find(eventId: string): EventText | undefined;
  keep(eventId: string, text: EventText): void;
}

/** The latest texts; the oldest goes first. */
export function createEventTexts(): EventTexts {
  const kept = new Map<string, EventText>();
  let characters = 0;
  const sizeOf = ({ head, tail }: EventText): number => head.length + tail.length;
  return {
    find: (id) => kept.get(id),
    keep: (id, text) => {
      if (kept.has(id)) return;
      kept.set(id, text);
      characters += sizeOf(text);
      for (const [oldest, old] of kept) {
        if (characters <= charactersMax) break;
        kept.delete(oldest);
        characters -= sizeOf(old);
      }
    },
  };
}

export interface Message {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

/** How far back the fault puts a signature's time: receivers accept five minutes. */
const expiredSeconds = 3600;

/** @param about `secrets` sign, the newest first; `nowMs` is the system's. */
export function messageOf(
  delivery: WebhookDeliveryRow,
  about: {
    readonly text: EventText;
    readonly pending: number;
    readonly secrets: readonly string[];
    readonly isStandard: boolean;
    readonly number: number;
    readonly nowMs: number;
  },
): Message {
  const { faults } = delivery;
  const signed = Buffer.from(`${about.text.head}${about.pending}${about.text.tail}`);
  const timestamp =
    Math.floor(about.nowMs / 1000) - (faults?.expire_timestamp === true ? expiredSeconds : 0);
  const signing = { body: signed, secrets: about.secrets, timestamp };
  return {
    body: faults?.tamper === true ? tampered(signed) : signed,
    headers: {
      Accept: "*/*",
      "Content-Type": "application/json; charset=utf-8",
      "Istripe-Attempt": String(about.number),
      "Istripe-Delivery": delivery.id,
      "Stripe-Signature": stripeSignature(signing),
      "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      ...(about.isStandard ? standardSignature({ ...signing, id: delivery.event }) : {}),
    },
  };
}

/** The same JSON in other bytes: what a proxy that parses and writes again does. */
const tampered = (body: Buffer): Buffer => Buffer.concat([Buffer.from(" "), body]);
