/**
 * The event types of the version of record that iStripe sends so far, and what a transaction emits. An event holds
 * the values of its object as of the commit; it is rendered when it is read, and never changes.
 */
import type { WebhookFaults } from "./webhook-faults.ts";

/** Grows with the resources; each name is one of Stripe's. */
export const eventTypes = [
  "account.updated",
  "balance.available",
  "charge.captured",
  "charge.expired",
  "charge.failed",
  "charge.pending",
  "charge.refund.updated",
  "charge.refunded",
  "charge.succeeded",
  "charge.updated",
  "customer.created",
  "customer.deleted",
  "customer.source.created",
  "customer.source.deleted",
  "customer.source.expiring",
  "customer.source.updated",
  "customer.updated",
  "refund.created",
  "refund.failed",
  "refund.updated",
  // iStripe's own, which an endpoint must ask for by its name.
  "istripe.webhook_endpoint.disabled",
] as const;
export type EventType = (typeof eventTypes)[number];

export interface EmittedEvent {
  /** `evt_…` */
  readonly id: string;
  readonly accountId: string;
  readonly livemode: boolean;
  readonly type: EventType;
  /** Unix seconds of the business clock. */
  readonly created: number;
  /** The table of the object, so that the snapshot can be read back, and its row as of this commit. */
  readonly object: {
    readonly kind: string;
    readonly id: string;
    readonly values: readonly unknown[];
  };
  /** The values before the change of the columns that it changed; absent on creation. */
  readonly previous?: Readonly<Record<string, unknown>>;
  /** The API request that caused it; null for what happens on its own. */
  readonly request: {
    readonly id: string | null;
    readonly idempotencyKey: string | null;
    /** What shall go wrong when it is told. */
    readonly webhookFaults?: WebhookFaults | null;
  };
}
