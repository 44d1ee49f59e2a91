/**
 * Shows deliveries and attempts as iStripe's own objects: what was to be told to whom, how often it was tried, what was
 * asked and answered, and why it failed.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../../core/schema-builder.ts";
import { nullable, resource, unknown } from "../../core/serializer/types.ts";
import type { Resource } from "../../resource.ts";
import { diagnose } from "./diagnosis.ts";
import { type WebhookAttemptRow, type WebhookDeliveryRow, webhookDeliveries } from "./schema.ts";

const Failure = resource({
  message: Type.String(),
  reason: Type.String(),
  stage: Type.String(),
});

const WebhookDelivery = resource({
  attempt_count: Type.Integer(),
  created: Type.Integer(),
  endpoint: Type.String(),
  event: Type.String(),
  event_type: Type.String(),
  failure: nullable(Failure),
  faults: unknown(),
  id: Type.String(),
  livemode: Type.Boolean(),
  next_attempt_at: nullable(Type.Integer()),
  object: Type.Literal("istripe.webhook_delivery"),
  object_id: Type.String(),
  status: Type.String(),
});

export const webhookDeliveryResource: Resource<typeof webhookDeliveries> = {
  idParameter: "id",
  name: "istripe.webhook_delivery",
  noun: "webhook delivery",
  present: (row: WebhookDeliveryRow): Static<typeof WebhookDelivery> => ({
    attempt_count: row.attempt_count,
    created: row.created,
    endpoint: row.endpoint,
    event: row.event,
    event_type: row.event_type,
    failure: row.failure,
    faults: row.faults,
    id: row.id,
    livemode: row.livemode,
    next_attempt_at: row.due_ms === null ? null : Math.ceil(row.due_ms / 1000),
    object: "istripe.webhook_delivery",
    object_id: row.object_id,
    status: row.status,
  }),
  schema: WebhookDelivery,
  table: webhookDeliveries,
};

export const WebhookAttempt = resource({
  created: Type.Integer(),
  delivery: Type.String(),
  diagnosis: nullable(Type.String()),
  duration_ms: Type.Integer(),
  faults: unknown(),
  id: Type.String(),
  livemode: Type.Boolean(),
  message: nullable(Type.String()),
  number: Type.Integer(),
  object: Type.Literal("istripe.webhook_attempt"),
  outcome: Type.String(),
  reason: nullable(Type.String()),
  request: resource({
    body: nullable(Type.String()),
    headers: Type.Record(Type.String(), Type.String()),
    url: Type.String(),
  }),
  response: nullable(
    resource({
      body: Type.String(),
      headers: Type.Record(Type.String(), Type.String()),
    }),
  ),
  stage: Type.String(),
  status: nullable(Type.Integer()),
});
export type WebhookAttempt = Static<typeof WebhookAttempt>;

/** @param body what was sent; null where nothing was, or the event is forgotten. */
export const presentAttempt = (row: WebhookAttemptRow, body: string | null): WebhookAttempt => ({
  created: Math.floor(row.started_ms / 1000),
  delivery: row.delivery,
  diagnosis: diagnose(row),
  duration_ms: row.duration_ms,
  faults: row.faults,
  id: `wha_${row.delivery.slice("whd_".length)}_${row.number}`,
  livemode: row.livemode,
  message: row.message,
  number: row.number,
  object: "istripe.webhook_attempt",
  outcome: row.succeeded ? "succeeded" : "failed",
  reason: row.reason,
  request: {
    body: Object.keys(row.request_headers).length === 0 ? null : body,
    headers: { ...row.request_headers },
    url: row.url,
  },
  response:
    row.response_headers === null
      ? null
      : { body: row.response_body ?? "", headers: { ...row.response_headers } },
  stage: row.stage,
  status: row.status,
});
