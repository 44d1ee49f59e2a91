/**
 * Turns an event into what is to be told of it: a delivery for each endpoint that asked for its type, in the transaction
 * that made the event. So an event that exists is delivered or seen to have failed, whatever crashes. What is told to the
 * sender beside that is a hint, which may be lost.
 */
import type { Outbox, Scope } from "../../context.ts";
import type { Ids } from "../../core/ids.ts";
import { bothFaults, type WebhookFaults } from "../../core/webhook-faults.ts";
import type { Transaction } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { isEnabled } from "../endpoints/event-types.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "./schema.ts";

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

/** What fan-out needs to know of an event. */
interface ToTell {
  readonly id: string;
  readonly accountId: string;
  readonly livemode: boolean;
  readonly created: number;
  readonly type: string;
  readonly objectId: string;
  readonly faults: WebhookFaults | null;
}

export interface WebhookOutbox extends Outbox {
  /** Writes the deliveries of an event into its transaction. */
  tell(tx: Transaction, event: ToTell): Promise<void>;
  /** Names who sends. Until then deliveries wait in the database. */
  attach(sender: DeliverySender): void;
  /** Lets whoever waits for something go, now and from now on: the server stops. */
  endWaiting(): void;
}

/** Deliveries that arrive this close together are sent in the opposite order by the fault `reorder`. */
const reorderWindowMs = 500;

export function createOutbox(parts: { readonly ids: Ids; systemNow(): number }): WebhookOutbox {
  const { ids, systemNow } = parts;
  const known = createEndpointCache();
  const waiters = createWaiters();
  let sender: DeliverySender | undefined;

  /** What is told in order is claimed instead, because a claim looks at what was told before. */
  const isHandedOver = ({ id, kind, ordered }: WebhookEndpointRow): boolean =>
    sender !== undefined && kind === "endpoint" && !ordered && sender.hasRoom(id);
  const rowOf = (
    event: ToTell,
    endpoint: WebhookEndpointRow,
    siblingCount: number,
  ): WebhookDeliveryRow => {
    const nowMs = systemNow();
    const faults = bothFaults(endpoint.faults, event.faults);
    const dueMs = dueOf(nowMs, faults);
    const isHanded = dueMs <= nowMs && isHandedOver(endpoint);
    return {
      account_id: event.accountId,
      attempt_count: 0,
      created: event.created,
      due_ms: dueMs,
      endpoint: endpoint.id,
      event: event.id,
      event_type: event.type,
      failure: null,
      faults,
      id: ids.next("whd_"),
      lease_owner: isHanded ? (sender?.owner ?? null) : null,
      lease_until_ms: isHanded ? nowMs + (sender?.leaseMs ?? 0) : null,
      livemode: event.livemode,
      made_ms: nowMs,
      object_id: event.objectId,
      ordered_by: endpoint.ordered ? event.objectId : null,
      position: ids.position(),
      sibling_count: siblingCount,
      status: "pending",
      version: 1,
    };
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
      const rows = asking.map((endpoint) => rowOf(event, endpoint, asking.length));
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

interface Waiters {
  /** Resolves when something was told to the endpoint, or when the time or the server ends: then with false. */
  wait(endpointId: string, timeoutMs: number): Promise<boolean>;
  tell(endpointId: string): void;
  end(): void;
  readonly ended: Promise<void>;
}

function createWaiters(): Waiters {
  const waiting = new Map<string, Set<(isTold: boolean) => void>>();
  let isEnded = false;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const release = (endpointId: string, isTold: boolean): void => {
    for (const resume of waiting.get(endpointId) ?? []) resume(isTold);
    waiting.delete(endpointId);
  };
  return {
    end: () => {
      isEnded = true;
      end();
      for (const endpointId of [...waiting.keys()]) release(endpointId, false);
    },
    ended,
    tell: (endpointId) => release(endpointId, true),
    wait: (endpointId, timeoutMs) =>
      new Promise((resolve) => {
        if (isEnded) return resolve(false);
        const mine = waiting.get(endpointId) ?? new Set();
        waiting.set(endpointId, mine);
        const timer = setTimeout(() => resume(false), timeoutMs);
        const resume = (isTold: boolean): void => {
          clearTimeout(timer);
          mine.delete(resume);
          resolve(isTold);
        };
        mine.add(resume);
      }),
  };
}

function dueOf(nowMs: number, faults: WebhookFaults | null): number {
  const delayedMs = nowMs + (faults?.delay ?? 0) * 1000;
  return faults?.reorder === true
    ? (Math.floor(delayedMs / reorderWindowMs) + 1) * reorderWindowMs
    : delayedMs;
}

interface EndpointCache {
  find(tx: Transaction, scope: Scope): Promise<readonly WebhookEndpointRow[]>;
  /** The transaction sees endpoints that nobody else does yet. */
  changeIn(tx: Transaction): void;
  forget(scope: Scope): void;
}

/**
 * The enabled endpoints of each scope. Only this process changes endpoints' settings, so it knows when to read them again;
 * one that a sender disabled meanwhile is sent nothing, whatever is made for it.
 */
function createEndpointCache(): EndpointCache {
  const kept = new Map<string, readonly WebhookEndpointRow[]>();
  /** Counts what was forgotten: what was read before it must not be kept after it. */
  const changes = new Map<string, number>();
  const changing = new WeakSet<Transaction>();
  const placeOf = ({ accountId, livemode }: Scope): string => `${accountId} ${livemode}`;
  return {
    changeIn: (tx) => {
      changing.add(tx);
    },
    find: async (tx, scope) => {
      const place = placeOf(scope);
      const found = changing.has(tx) ? undefined : kept.get(place);
      if (found !== undefined) return found;
      const change = changes.get(place);
      const { accountId, livemode } = scope;
      const rows = await tx.select(enabledEndpoints, { accountId, livemode });
      // Not before the commit: what it was read among may be undone, a change of endpoints with it.
      tx.afterCommit(() => {
        if (changes.get(place) === change) kept.set(place, rows);
      });
      return rows;
    },
    forget: (scope) => {
      const place = placeOf(scope);
      kept.delete(place);
      changes.set(place, (changes.get(place) ?? 0) + 1);
    },
  };
}

const enabledEndpoints = defineQuery<Scope, WebhookEndpointRow>(
  [webhookEndpoints],
  (param) => `select ${columnsOf(webhookEndpoints)} from webhook_endpoints
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and status = 'enabled' and deleted = false
    order by created, position`,
);
