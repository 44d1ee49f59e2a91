/**
 * Events and their signed deliveries, as a sender makes them: the signatures come from Stripe's own library, or for
 * Standard Webhooks from its specification, never from the code under test.
 */
import { createHmac, randomBytes } from "node:crypto";
import Stripe from "stripe";
import type { Arrival } from "../../../../sdks/webhooks/src/inbox.ts";

export const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

interface EventParams {
  readonly id?: string;
  readonly type?: string;
  readonly object?: string;
  readonly created?: number;
}

export interface TestEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data: { readonly object: { readonly id: string; readonly [field: string]: unknown } };
}

const randomId = (prefix: string): string => `${prefix}_${randomBytes(9).toString("hex")}`;

export function makeEvent(params: EventParams = {}): TestEvent & Record<string, unknown> {
  const { created = 1_700_000_000, object = randomId("ch"), type = "charge.succeeded" } = params;
  return {
    api_version: "2026-06-30",
    created,
    data: { object: { amount: 2_000, id: object, object: "charge" } },
    id: params.id ?? randomId("evt"),
    livemode: false,
    object: "event",
    pending_webhooks: 1,
    request: null,
    type,
  };
}

export function makeArrival(params: EventParams & { readonly settleMs?: number } = {}): Arrival {
  const event = makeEvent(params);
  return {
    body: JSON.stringify(event),
    created: event.created,
    eventId: event.id,
    eventType: event.type,
    objectKey: event.data.object.id,
    settleMs: params.settleMs ?? 0,
  };
}

export interface Delivery {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A delivery of an event, signed now, as an endpoint with Stripe's header gets it. */
export function signed(event: object, by: string = secret): Delivery {
  const body = JSON.stringify(event, null, 2);
  const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: by });
  return {
    body,
    headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": header },
  };
}

interface StandardParams {
  readonly id: string;
  readonly body: string;
  readonly timestamp: number;
  readonly secret?: string;
}

/** The three headers of Standard Webhooks. */
export function standardHeaders(params: StandardParams): Record<string, string> {
  const key = Buffer.from((params.secret ?? secret).slice("whsec_".length), "base64");
  const hmac = createHmac("sha256", key);
  const signature = hmac.update(`${params.id}.${params.timestamp}.${params.body}`).digest("base64");
  return {
    "webhook-id": params.id,
    "webhook-signature": `v1,${signature}`,
    "webhook-timestamp": String(params.timestamp),
  };
}
