/**
 * When a delivery that failed is tried again: Stripe's schedule, three days in live mode, a few hours in test mode. A
 * receiver that says when to come back is believed within bounds, and what failed together does not come back together.
 */

const minute = 60_000;
const hour = 60 * minute;

/** The waits after the first, second … attempt; the last one repeats until the time is over. */
const schedules = {
  live: {
    forMs: 72 * hour,
    waitsMs: [5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 12 * hour],
  },
  test: { forMs: 6 * hour, waitsMs: [30 * minute, 2 * hour] },
} as const;

/** Attempts in test mode, where the last wait does not repeat. */
const testAttemptsMax = 3;
/** A wait is up to this much longer or shorter. */
const jitterShare = 0.1;
/** `Retry-After` may make a wait at most this many times as long. */
const retryAfterTimesMax = 2;

export interface FailedAttempt {
  /** How many there were, this one included. */
  readonly count: number;
  readonly livemode: boolean;
  /** When the delivery was made, and now: system milliseconds. */
  readonly madeMs: number;
  readonly nowMs: number;
  /** What the receiver asked for; null when it did not. */
  readonly retryAfterMs: number | null;
  /** From 0 to 1. */
  readonly chance: number;
}

/** @returns system milliseconds of the next attempt; null when there is none. */
export function nextAttemptMs(failed: FailedAttempt): number | null {
  const { count, livemode, madeMs, nowMs, retryAfterMs, chance } = failed;
  const { forMs, waitsMs } = schedules[livemode ? "live" : "test"];
  if (!livemode && count >= testAttemptsMax) return null;
  const scheduledMs = waitsMs[Math.min(count, waitsMs.length) - 1] ?? minute;
  const jittered = scheduledMs * (1 + jitterShare * (2 * chance - 1));
  const asked = Math.min(retryAfterMs ?? 0, scheduledMs * retryAfterTimesMax);
  const dueMs = Math.round(nowMs + Math.max(jittered, asked));
  return dueMs - madeMs > forMs ? null : dueMs;
}

const secondsMax = 365 * 24 * 3600;

/** Reads `Retry-After`: seconds or a date. Null for what is neither. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), secondsMax) * 1000;
  const date = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
