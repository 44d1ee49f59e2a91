/**
 * Turns what a transaction emitted into event rows of the same transaction, and has whoever asked for them told. This is
 * the one place where an event is written.
 */
import type { EmittedEvent } from "../../core/events.ts";
import type { Ids } from "../../core/ids.ts";
import type { EventHook, Transaction } from "../../store/database.ts";
import type { WebhookOutbox } from "../deliveries/outbox.ts";
import { events } from "./schema.ts";

export const recordEvents =
  (ids: Ids, outbox: WebhookOutbox): EventHook =>
  async (tx: Transaction, emitted: readonly EmittedEvent[]) => {
    for (const event of emitted) {
      const { accountId, created, id, livemode, type } = event;
      tx.insert(events, {
        account_id: accountId,
        created,
        id,
        idempotency_key: event.request.idempotencyKey,
        livemode,
        object_id: event.object.id,
        object_kind: event.object.kind,
        position: ids.position(),
        previous: event.previous ?? null,
        request_id: event.request.id,
        snapshot: event.object.values,
        type,
      });
      await outbox.tell(tx, {
        accountId,
        created,
        faults: event.request.webhookFaults ?? null,
        id,
        livemode,
        objectId: event.object.id,
        type,
      });
    }
  };
