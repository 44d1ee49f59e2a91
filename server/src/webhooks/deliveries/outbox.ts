/**
 * Turns an event into what is to be told of it: a delivery for each endpoint that asked for its type, in the transaction
 * that made the event. So an event that exists is delivered or seen to have failed, whatever crashes. What is told to the
 * sender beside that is a hint, which may be lost.
 */
import type { Outbox, Scope } from "../../context.ts";
import type { Ids } from "../../core/ids.ts";
import type { Transaction } from "../../store/database.ts";
import { createEndpointCache } from "../endpoints/enabled-endpoints.ts";
import { isEnabled } from "../endpoints/event-types.ts";
import type { WebhookEndpointRow } from "../endpoints/schema.ts";
import { newDelivery, type ToTell } from "./new-delivery.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "./schema.ts";
import { createWaiters } from "./waiters.ts";

/** Who sends deliveries, in this process. */
export interface DeliverySender {
  /** The owner's name in leases, and how long a delivery that is handed over may wait in memory. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Deliveries that were just made and are leased to the sender, or that are due later. */
  offer(deliveries: readonly WebhookDeliveryRow[]): void;
  /** Whether what is made for the endpoint now may wait in memory. */
  hasRoom(endpointId: string): boolean;
  /** What was known of the scope's endpoints is out of date. */
  endpointsChanged(scope: Scope): void;
  /** Something else may have become due for these endpoints. */
  lookAgain(endpoints: readonly { readonly accountId: string; readonly id: string }[]): void;
  /** Resolves when nothing of the scope is under way or due, or when the time is over. */
  whenIdle(scope: Scope, timeoutMs: number): Promise<boolean>;
}

export interface WebhookOutbox extends Outbox {
  /** Writes the deliveries of an event into its transaction. */
  tell(tx: Transaction, event: ToTell): Promise<void>;
  /** Names who sends. Until then deliveries wait in the database. */
  attach(sender: DeliverySender): void;
  /** Lets whoever waits for something go, now and from now on: the server stops. */
  endWaiting(): void;
}

export function createOutbox(parts: { readonly ids: Ids; systemNow(): number }): WebhookOutbox {
  const { ids, systemNow } = parts;
  const known = createEndpointCache();
  const waiters = createWaiters();
  let sender: DeliverySender | undefined;

  /** What is told in order is claimed instead, because a claim looks at what was told before. */
  const isHandedOver = ({ id, kind, ordered }: WebhookEndpointRow): boolean =>
    sender !== undefined && kind === "endpoint" && !ordered && sender.hasRoom(id);
  const deliveryOf = (
    event: ToTell,
    endpoint: WebhookEndpointRow,
    siblingCount: number,
  ): WebhookDeliveryRow => {
    const row = newDelivery(ids, { endpoint, event, nowMs: systemNow(), siblingCount });
    const isHanded = row.due_ms === row.made_ms && isHandedOver(endpoint);
    if (sender === undefined || !isHanded) return row;
    return { ...row, lease_owner: sender.owner, lease_until_ms: row.made_ms + sender.leaseMs };
  };

  return {
    attach: (found) => {
      sender = found;
    },
    deliveriesDue: (tx, endpoints) =>
      tx.afterCommit(() => {
        sender?.lookAgain(endpoints.filter(({ id }) => id.startsWith("we_")));
        for (const { id } of endpoints) waiters.tell(id);
      }),
    endWaiting: waiters.end,
    endpointsChanged: (tx, { accountId, livemode }) => {
      known.changeIn(tx);
      tx.afterCommit(() => {
        known.forget({ accountId, livemode });
        sender?.endpointsChanged({ accountId, livemode });
      });
    },
    tell: async (tx, event) => {
      const asking = (await known.find(tx, event)).filter(({ enabled_events }) =>
        isEnabled(enabled_events, event.type),
      );
      if (asking.length === 0) return;
      const rows = asking.map((endpoint) => deliveryOf(event, endpoint, asking.length));
      for (const row of rows) tx.insert(webhookDeliveries, row);
      tx.afterCommit(() => {
        sender?.offer(rows);
        for (const { endpoint } of rows) waiters.tell(endpoint);
      });
    },
    whenIdle: async (scope, timeoutMs) =>
      sender !== undefined &&
      (await Promise.race([sender.whenIdle(scope, timeoutMs), waiters.ended.then(() => false)])),
    whenTold: waiters.wait,
  };
}
