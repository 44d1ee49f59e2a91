/**
 * One endpoint's way through the sender: what waits for it in memory, how much of it may be under way at once, and when
 * to leave it alone. A lane learns from answers: one that answers gets more at once, one that fails gets one at a time
 * and then pauses, so that no endpoint takes from another.
 */
import type { WebhookDeliveryRow } from "../deliveries/schema.ts";
import type { WebhookEndpointRow } from "../endpoints/schema.ts";

export interface Lane {
  readonly accountId: string;
  readonly endpointId: string;
  /** Undefined until it was read, and again after it may have changed. */
  endpoint: WebhookEndpointRow | undefined;
  endpointReadAtMs: number;
  /** Those that sign for `row`, in the clear, until `untilMs`. */
  secrets:
    | {
        readonly row: WebhookEndpointRow;
        readonly texts: readonly string[];
        readonly untilMs: number;
      }
    | undefined;
  /** Due and leased to this process. */
  queue: WebhookDeliveryRow[];
  inFlight: number;
  /** How many may be under way at once. */
  limit: number;
  /** Failures since the last success. */
  failures: number;
  /** Whether the last attempt succeeded, and did not take long. */
  isProven: boolean;
  pausedUntilMs: number;
  /** Whether the database may hold more that is due. */
  hasMore: boolean;
  isClaiming: boolean;
  /** When something that waits in the database becomes due; Infinity when nothing is known to. */
  nextDueMs: number;
  /** Results that are not stored yet. */
  unsettled: number;
}

const limitFirst = 4;
const limitMax = 64;
/** What waits in memory, for each that may be under way at once; more than that waits in the database. */
const queuedPerLimit = 4;
const claimMin = 8;
/** After this many failures in a row nothing is sent for a while. */
const failuresBeforePause = 10;
const pauseFirstMs = 1000;
/** Whoever tests a receiver starts it again and again, and waits for what it is told. */
const pauseMaxMs = { live: 60_000, test: 1000 } as const;

export const newLane = (accountId: string, endpointId: string): Lane => ({
  accountId,
  endpoint: undefined,
  endpointId,
  endpointReadAtMs: 0,
  failures: 0,
  hasMore: false,
  inFlight: 0,
  isClaiming: false,
  isProven: false,
  limit: limitFirst,
  nextDueMs: Number.POSITIVE_INFINITY,
  pausedUntilMs: 0,
  queue: [],
  secrets: undefined,
  unsettled: 0,
});

/** An endpoint that takes longer than this to answer is slow. */
const slowMs = 200;

export function noteSuccess(lane: Lane, durationMs: number): void {
  lane.failures = 0;
  lane.isProven = durationMs < slowMs;
  lane.pausedUntilMs = 0;
  lane.limit = Math.min(limitMax, lane.limit + 1);
}

export function noteFailure(lane: Lane, nowMs: number, mode: "live" | "test"): void {
  lane.failures += 1;
  lane.isProven = false;
  lane.limit = Math.max(1, Math.floor(lane.limit / 2));
  const pauses = lane.failures - failuresBeforePause;
  if (pauses < 0) return;
  lane.pausedUntilMs = nowMs + Math.min(pauseMaxMs[mode], pauseFirstMs * 2 ** Math.min(pauses, 16));
}

/** Whether the next delivery may be taken now. */
export const isOpen = (lane: Lane, nowMs: number): boolean =>
  lane.queue.length > 0 && lane.inFlight < limitOf(lane) && lane.pausedUntilMs <= nowMs;

/** What a fault asks to be reordered would overtake itself. */
const limitOf = (lane: Lane): number => (lane.queue[0]?.faults?.reorder === true ? 1 : lane.limit);

/** Whether what becomes due now may wait in memory. What waits for an endpoint that fails waits in the database. */
export const hasRoom = (lane: Lane): boolean =>
  !lane.hasMore && lane.queue.length < lane.limit * queuedPerLimit;

/** Whether so little waits in memory that more should be claimed. */
export const isRunningLow = (lane: Lane): boolean => lane.queue.length * 2 < lane.limit;

/** How many to claim at once. */
export const claimSize = (lane: Lane): number =>
  Math.max(claimMin, lane.limit * queuedPerLimit - lane.queue.length);

/** Whether nothing is left to do for the lane before `nextDueMs`. */
export const isAtRest = (lane: Lane): boolean =>
  lane.queue.length === 0 &&
  lane.inFlight === 0 &&
  lane.unsettled === 0 &&
  !lane.hasMore &&
  !lane.isClaiming;
