/**
 * What a delivery begins as, whether its event has just happened or is told to somebody later: due at once, unless a
 * fault puts it off, and in nobody's hands.
 */
import type { Ids } from "../../core/ids.ts";
import { bothFaults, type WebhookFaults } from "../../core/webhook-faults.ts";
import type { WebhookEndpointRow } from "../endpoints/schema.ts";
import type { WebhookDeliveryRow } from "./schema.ts";

/** What needs to be known of an event to tell of it. */
export interface ToTell {
  readonly id: string;
  readonly accountId: string;
  readonly livemode: boolean;
  /** When the telling began, in Unix seconds of the business clock. */
  readonly created: number;
  readonly type: string;
  readonly objectId: string;
  readonly faults: WebhookFaults | null;
}

/** Deliveries that arrive this close together are sent in the opposite order by the fault `reorder`. */
const reorderWindowMs = 500;

/** @param about `siblingCount`: to how many endpoints the event is told, this one included; `nowMs` of the system. */
export function newDelivery(
  ids: Ids,
  about: {
    readonly endpoint: WebhookEndpointRow;
    readonly event: ToTell;
    readonly nowMs: number;
    readonly siblingCount: number;
  },
): WebhookDeliveryRow {
  const { endpoint, event, nowMs, siblingCount } = about;
  const faults = bothFaults(endpoint.faults, event.faults);
  return {
    account_id: event.accountId,
    attempt_count: 0,
    created: event.created,
    due_ms: dueOf(nowMs, faults),
    endpoint: endpoint.id,
    event: event.id,
    event_type: event.type,
    failure: null,
    faults,
    id: ids.next("whd_"),
    lease_owner: null,
    lease_until_ms: null,
    livemode: event.livemode,
    made_ms: nowMs,
    object_id: event.objectId,
    ordered_by: endpoint.ordered ? event.objectId : null,
    position: ids.position(),
    sibling_count: siblingCount,
    status: "pending",
    version: 1,
  };
}

function dueOf(nowMs: number, faults: WebhookFaults | null): number {
  const delayedMs = nowMs + (faults?.delay ?? 0) * 1000;
  return faults?.reorder === true
    ? (Math.floor(delayedMs / reorderWindowMs) + 1) * reorderWindowMs
    : delayedMs;
}
