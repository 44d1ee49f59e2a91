/**
 * Sends what is due. Deliveries come from the commits of this process at once, and from the database for everything
 * else: what waited for its time, what a crash left, what was too much for memory. The database decides: nothing is sent
 * that is not leased to this worker, and nothing is over before that is stored.
 */
import type { Scope } from "../../context.ts";
import { endDeliveries } from "../deliveries/end-waiting.ts";
import type { DeliverySender } from "../deliveries/outbox.ts";
import type { WebhookDeliveryRow } from "../deliveries/schema.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import {
  claimDue,
  dueAlready,
  dueInScope,
  nextDueAfter,
  releaseLeases,
  waitingByEndpoint,
} from "./claim.ts";
import { type CourierParts, carry } from "./courier.ts";
import { claimSize, hasRoom, isAtRest, isOpen, isRunningLow, type Lane, newLane } from "./lane.ts";
import { createSettler } from "./settle.ts";
import { createSlots } from "./slots.ts";

export interface EngineParts extends Omit<CourierParts, "settler"> {
  /** The worker's name in leases. A worker that starts again under its old name takes back what it had. */
  readonly owner: string;
  /** How long a delivery that is in hand is nobody else's; 60 seconds unless a test is in a hurry. */
  readonly leaseMs?: number;
  accounts(): Promise<readonly string[]>;
  onFailure(what: string, error: unknown): void;
}

/** Longer than a delivery waits in memory and is under way; a crashed worker's are taken over after it. */
const leaseMsDefault = 60_000;
/** A delivery with less of its lease left than this share is given back, because sending it may take that long. */
const leaseLeftShareMin = 5 / 12;
/** Deliveries that wait in memory, of all endpoints. */
const queuedMax = 16_384;
/** Accounts that one statement goes through. */
const accountsAtOnce = 200;
const tickMs = 50;
/** Settings that another process changed are seen after this long. */
const endpointAgeMaxMs = 5000;
/** What another worker has in hand is looked at again after this long. */
const lookAgainMs = 2000;
const idleStepMs = 10;
const never = Number.POSITIVE_INFINITY;

export class WebhookEngine implements DeliverySender {
  readonly leaseMs: number;
  readonly owner: string;
  readonly #parts: EngineParts;
  readonly #courier: CourierParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #slots = createSlots();
  readonly #settler: ReturnType<typeof createSettler>;
  /** Lanes that could go on but for a slot, in the order in which they came. */
  readonly #waitingForSlot = { proven: new Set<Lane>(), unproven: new Set<Lane>() };
  readonly #underWay = new Set<Promise<void>>();
  /** Deliveries in the queues of all lanes. */
  #queued = 0;
  #ticker: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(parts: EngineParts) {
    this.owner = parts.owner;
    this.leaseMs = parts.leaseMs ?? leaseMsDefault;
    this.#parts = parts;
    this.#settler = createSettler(parts.platform);
    this.#courier = { ...parts, settler: this.#settler };
  }

  /** Takes back what an earlier run of the same owner had in hand, and begins. */
  async start(): Promise<void> {
    await this.#releaseAll();
    await this.discover();
    this.#ticker = setInterval(() => this.#tick(), tickMs);
    this.#ticker.unref();
  }

  /** Begins nothing more, and resolves when what is under way has been stored. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#ticker);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#settler.drained();
    await this.#releaseAll();
  }

  /**
   * Looks through the database for what nobody told this worker of.
   *
   * @returns whether anything is due that nobody has in hand.
   */
  async discover(): Promise<boolean> {
    const { clock, database } = this.#parts.platform;
    const nowMs = clock.system();
    let isAnyDue = false;
    for (const accountIds of await this.#accountIds()) {
      const found = await database.committed.select(waitingByEndpoint, { accountIds, nowMs });
      for (const { account_id: accountId, due_ms: dueMs, endpoint } of found) {
        if (dueMs === null) continue;
        const lane = this.#laneOf(accountId, endpoint);
        lane.nextDueMs = Math.min(lane.nextDueMs, dueMs);
        isAnyDue ||= dueMs <= nowMs;
        if (dueMs <= nowMs) this.#begin(lane);
      }
    }
    return isAnyDue;
  }

  offer(deliveries: readonly WebhookDeliveryRow[]): void {
    for (const delivery of deliveries) {
      if (!delivery.endpoint.startsWith("we_")) continue;
      const lane = this.#laneOf(delivery.account_id, delivery.endpoint);
      if (delivery.lease_owner === this.owner) this.#enqueue(lane, [delivery]);
      else lane.nextDueMs = Math.min(lane.nextDueMs, delivery.due_ms ?? never);
      this.#begin(lane);
    }
  }

  hasRoom(endpointId: string): boolean {
    if (this.#queued >= queuedMax || this.#isClosing) return false;
    const lane = this.#lanes.get(endpointId);
    return lane === undefined || hasRoom(lane);
  }

  endpointsChanged({ accountId }: Scope): void {
    for (const lane of this.#lanes.values()) {
      if (lane.accountId === accountId) lane.endpoint = undefined;
    }
  }

  lookAgain(endpoints: readonly { readonly accountId: string; readonly id: string }[]): void {
    for (const { accountId, id } of endpoints) {
      const lane = this.#laneOf(accountId, id);
      lane.hasMore = true;
      lane.pausedUntilMs = 0;
      this.#pump(lane);
    }
  }

  async whenIdle(scope: Scope, timeoutMs: number): Promise<boolean> {
    const { clock } = this.#parts.platform;
    const until = clock.monotonic() + timeoutMs;
    for (;;) {
      if (await this.#isIdle(scope)) return true;
      if (this.#isClosing || clock.monotonic() >= until) return false;
      await new Promise((resolve) => setTimeout(resolve, idleStepMs));
    }
  }

  async #isIdle({ accountId, livemode }: Scope): Promise<boolean> {
    for (const lane of this.#lanes.values()) {
      if (lane.accountId === accountId && !isAtRest(lane)) return false;
    }
    const { clock, database } = this.#parts.platform;
    const nowMs = clock.system();
    const [due] = await database.committed.select(dueInScope, { accountId, livemode, nowMs });
    return due === undefined;
  }

  #laneOf(accountId: string, endpointId: string): Lane {
    let lane = this.#lanes.get(endpointId);
    if (lane === undefined) {
      lane = newLane(accountId, endpointId);
      this.#lanes.set(endpointId, lane);
    }
    return lane;
  }

  #tick(): void {
    const nowMs = this.#parts.platform.clock.system();
    if (this.#slots.review(nowMs)) this.#pumpWaiting();
    for (const lane of this.#lanes.values()) {
      if (lane.nextDueMs <= nowMs || !isAtRest(lane)) this.#begin(lane);
      else if (lane.nextDueMs === never && lane.failures === 0) this.#lanes.delete(lane.endpointId);
    }
  }

  /** Begins what is in memory, and claims what has become due. */
  #begin(lane: Lane): void {
    if (lane.nextDueMs <= this.#parts.platform.clock.system()) {
      lane.nextDueMs = never;
      lane.hasMore = true;
    }
    this.#pump(lane);
  }

  #enqueue(lane: Lane, deliveries: readonly WebhookDeliveryRow[]): void {
    lane.queue.push(...deliveries);
    this.#queued += deliveries.length;
  }

  /** Begins as much of a lane as may be under way now. */
  #pump(lane: Lane): void {
    if (this.#isClosing) return;
    const nowMs = this.#parts.platform.clock.system();
    while (isOpen(lane, nowMs)) {
      const kind = kindOf(lane);
      const giveBack = this.#slots.take(nowMs, kind);
      if (giveBack === undefined) {
        this.#waitingForSlot[kind].add(lane);
        return;
      }
      const delivery = lane.queue.shift() as WebhookDeliveryRow;
      this.#queued -= 1;
      lane.inFlight += 1;
      this.#track("sending a webhook delivery", this.#run(lane, delivery, giveBack));
    }
    if (!lane.hasMore || lane.isClaiming || lane.pausedUntilMs > nowMs) return;
    if (!isRunningLow(lane) || this.#queued >= queuedMax) return;
    lane.isClaiming = true;
    this.#track("claiming webhook deliveries", this.#claim(lane));
  }

  #pumpWaiting(): void {
    for (const waiting of Object.values(this.#waitingForSlot)) {
      for (const lane of waiting) {
        waiting.delete(lane);
        this.#pump(lane);
        // It was put back: there is no slot for anybody of its kind.
        if (waiting.has(lane)) break;
      }
    }
  }

  /** Counts work that `close` waits for; a failure of it is told and changes nothing else. */
  #track(what: string, work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#parts.onFailure(what, error))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #run(lane: Lane, delivery: WebhookDeliveryRow, giveBack: () => void): Promise<void> {
    const { clock } = this.#parts.platform;
    try {
      const endpoint = await this.#endpointOf(lane);
      if (endpoint === undefined || endpoint.deleted || endpoint.status !== "enabled") {
        await this.#endAll(lane, endpoint);
      } else if (this.#isLeaseShort(delivery)) {
        // It waits for the end of its lease like any other that somebody has in hand.
        lane.nextDueMs = Math.min(lane.nextDueMs, delivery.lease_until_ms ?? clock.system());
      } else {
        await carry(this.#courier, { delivery, endpoint, lane, onAnswered: giveBack });
      }
    } finally {
      giveBack();
      lane.inFlight -= 1;
      this.#pumpWaiting();
      this.#pump(lane);
    }
  }

  async #endpointOf(lane: Lane): Promise<WebhookEndpointRow | undefined> {
    const { clock, database } = this.#parts.platform;
    const nowMs = clock.system();
    if (lane.endpoint !== undefined && nowMs - lane.endpointReadAtMs < endpointAgeMaxMs) {
      return lane.endpoint;
    }
    const key = { account_id: lane.accountId, id: lane.endpointId };
    lane.endpoint = await database.committed.get(webhookEndpoints, key);
    lane.endpointReadAtMs = nowMs;
    return lane.endpoint;
  }

  #isLeaseShort({ lease_until_ms: untilMs }: WebhookDeliveryRow): boolean {
    const leftMs = (untilMs ?? 0) - this.#parts.platform.clock.system();
    return leftMs < this.leaseMs * leaseLeftShareMin;
  }

  /** What waits for an endpoint that is sent nothing more has failed. */
  async #endAll(lane: Lane, endpoint: WebhookEndpointRow | undefined): Promise<void> {
    const isGone = endpoint === undefined || endpoint.deleted;
    this.#queued -= lane.queue.length;
    lane.queue = [];
    await endDeliveries(this.#parts.platform, {
      accountId: lane.accountId,
      endpoint: lane.endpointId,
      failure: isGone ? endpointDeleted : endpointDisabled,
    });
  }

  async #claim(lane: Lane): Promise<void> {
    const { clock, database } = this.#parts.platform;
    const nowMs = clock.system();
    const place = { accountId: lane.accountId, endpoint: lane.endpointId, nowMs };
    const limit = claimSize(lane);
    lane.hasMore = false;
    try {
      const { leaseMs, owner } = this;
      const rows = await claimDue(database, { ...place, leaseMs, limit, owner });
      this.#enqueue(lane, inSendingOrder(rows));
      if (rows.length === limit) lane.hasMore = true;
      else await this.#lookAhead(lane, place);
    } catch (error) {
      lane.nextDueMs = Math.min(lane.nextDueMs, nowMs + lookAgainMs);
      throw error;
    } finally {
      lane.isClaiming = false;
      this.#pump(lane);
    }
  }

  /** When there will be something to claim, after all that could be claimed was. */
  async #lookAhead(
    lane: Lane,
    place: { readonly accountId: string; readonly endpoint: string; readonly nowMs: number },
  ): Promise<void> {
    const { committed } = this.#parts.platform.database;
    const [next] = await committed.select(nextDueAfter, place);
    lane.nextDueMs = Math.min(lane.nextDueMs, next?.due_ms ?? never);
    // What is due and in nobody's hands here may be in another worker's, which may have crashed.
    const isAtWork = lane.inFlight + lane.queue.length + lane.unsettled > 0;
    const [other] = isAtWork ? [] : await committed.select(dueAlready, place);
    if (other !== undefined) {
      lane.nextDueMs = Math.min(lane.nextDueMs, place.nowMs + lookAgainMs);
    }
  }

  async #releaseAll(): Promise<void> {
    const { accounts, platform } = this.#parts;
    const { owner } = this;
    const all = await accounts();
    // Together, so that they share commits.
    for (let at = 0; at < all.length; at += accountsAtOnce) {
      const release = (accountId: string): Promise<number> =>
        platform.database.transact((tx) => tx.execute(releaseLeases, { accountId, owner }));
      await Promise.all(all.slice(at, at + accountsAtOnce).map(release));
    }
  }

  /** Every account, as JSON arrays of so many that one statement goes through them in reasonable time. */
  async #accountIds(): Promise<readonly string[]> {
    const all = await this.#parts.accounts();
    const pieces = Math.ceil(all.length / accountsAtOnce);
    return Array.from({ length: pieces }, (_, at) =>
      JSON.stringify(all.slice(at * accountsAtOnce, (at + 1) * accountsAtOnce)),
    );
  }
}

const kindOf = ({ isProven }: Lane): "proven" | "unproven" => (isProven ? "proven" : "unproven");

const endpointDeleted = {
  message: "The endpoint was deleted.",
  reason: "endpoint_deleted",
  stage: "before",
} as const;

const endpointDisabled = {
  message: "The endpoint is disabled.",
  reason: "endpoint_disabled",
  stage: "before",
} as const;

/** What a fault asks to be reordered goes out the other way round, one at a time. */
function inSendingOrder(rows: readonly WebhookDeliveryRow[]): WebhookDeliveryRow[] {
  const isReordered = (row: WebhookDeliveryRow): boolean => row.faults?.reorder === true;
  return [...rows.filter((row) => !isReordered(row)), ...rows.filter(isReordered).toReversed()];
}
