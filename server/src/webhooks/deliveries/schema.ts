/**
 * Deliveries: one event to be told to one endpoint, and each attempt at it. A delivery is written by the transaction that
 * made its event; while it waits it has a time when it is due, and when it has none it is over.
 */

import type { WebhookFaults } from "../../core/webhook-faults.ts";
import * as column from "../../store/table.ts";

/** Where an attempt failed: before it left, on its way, or by the answer to it. */
export type FailureStage = "before" | "during" | "after";

/** Why the last attempt failed. */
export interface Failure {
  readonly stage: FailureStage;
  /** A word for programs, such as `connection_refused`. */
  readonly reason: string;
  /** A sentence for people. */
  readonly message: string;
}

export const webhookDeliveries = column.defineTable("webhook_deliveries", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  endpoint: column.text,
  event: column.text,
  event_type: column.text,
  object_id: column.text,
  /** To how many endpoints the event was to be told, this one included. */
  sibling_count: column.integer,
  status: column.text as column.Column<"pending" | "succeeded" | "failed">,
  attempt_count: column.integer,
  /** System milliseconds, as all times here that decide when something is done. */
  made_ms: column.integer,
  due_ms: column.nullable(column.integer),
  /** The worker that has it in hand, until the lease is over. */
  lease_owner: column.nullable(column.text),
  lease_until_ms: column.nullable(column.integer),
  /** The object's id, where the endpoint is told of each object in order. */
  ordered_by: column.nullable(column.text),
  faults: column.nullable(column.json<WebhookFaults>()),
  failure: column.nullable(column.json<Failure>()),
});
export type WebhookDeliveryRow = column.Row<typeof webhookDeliveries>;

export const webhookAttempts = column.defineTable(
  "webhook_attempts",
  {
    account_id: column.text,
    delivery: column.text,
    /** From 1. */
    number: column.integer,
    livemode: column.boolean,
    started_ms: column.integer,
    duration_ms: column.integer,
    succeeded: column.boolean,
    stage: column.text as column.Column<FailureStage>,
    reason: column.nullable(column.text),
    message: column.nullable(column.text),
    status: column.nullable(column.integer),
    url: column.text,
    request_headers: column.json<Readonly<Record<string, string>>>(),
    /** What the body said of itself; the rest of it is the event's. */
    pending_webhooks: column.integer,
    response_headers: column.nullable(column.json<Readonly<Record<string, string>>>()),
    response_body: column.nullable(column.text),
    faults: column.nullable(column.json<WebhookFaults>()),
  },
  { key: ["account_id", "delivery", "number"] },
);
export type WebhookAttemptRow = column.Row<typeof webhookAttempts>;
