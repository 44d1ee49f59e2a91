/**
 * Listeners as iStripe's own endpoints show them, and what they fetch: deliveries ready to be forwarded, body and
 * signature included.
 */
import type { Static } from "@sinclair/typebox";
import { integer, list, oneOf, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { resource } from "../../core/serializer/types.ts";
import { enabledEventNames } from "../endpoints/event-types.ts";

export const WebhookListener = resource({
  enabled_events: Type.Array(Type.String()),
  expires_at: Type.Integer(),
  id: Type.String(),
  livemode: Type.Boolean(),
  name: Type.String(),
  object: Type.Literal("istripe.webhook_listener"),
  secret: Type.String(),
});
export type WebhookListener = Static<typeof WebhookListener>;

export const OpenWebhookListener = Type.Object({
  enabled_events: Type.Optional(
    list(oneOf(enabledEventNames), { maxItems: enabledEventNames.length }),
  ),
  name: text({ maxLength: 200 }),
});
export type OpenWebhookListener = Static<typeof OpenWebhookListener>;

export const DeliveryToForward = resource({
  attempt: Type.Integer(),
  body: Type.String(),
  event: Type.String(),
  event_type: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
  id: Type.String(),
  object: Type.Literal("istripe.webhook_delivery_to_forward"),
});
export type DeliveryToForward = Static<typeof DeliveryToForward>;

const responseBodyMax = 4096;

/** What became of a forwarded delivery. Without a status it did not arrive. */
export const ForwardResult = Type.Object({
  duration_ms: Type.Optional(integer({ maximum: 3_600_000, minimum: 0 })),
  error: Type.Optional(text({ maxLength: 1000 })),
  response_body: Type.Optional(text({ maxLength: responseBodyMax })),
  status: Type.Optional(integer({ maximum: 999, minimum: 100 })),
});
export type ForwardResult = Static<typeof ForwardResult>;
