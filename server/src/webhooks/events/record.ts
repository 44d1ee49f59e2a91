/**
 * Turns what a transaction emitted into event rows of the same transaction. This is the one place where an event is
 * written, and so the place where its deliveries will be.
 */
import type { EmittedEvent } from "../../core/events.ts";
import type { Ids } from "../../core/ids.ts";
import type { EventHook, Transaction } from "../../store/database.ts";
import { events } from "./schema.ts";

export const recordEvents =
  (ids: Ids): EventHook =>
  async (tx: Transaction, emitted: readonly EmittedEvent[]) => {
    for (const event of emitted) {
      tx.insert(events, {
        account_id: event.accountId,
        created: event.created,
        id: ids.next("evt_"),
        idempotency_key: event.request.idempotencyKey,
        livemode: event.livemode,
        object_id: event.object.id,
        object_kind: event.object.kind,
        position: ids.position(),
        previous: event.previous ?? null,
        request_id: event.request.id,
        snapshot: event.object.values,
        type: event.type,
      });
    }
  };
