/**
 * Stripe's schedule: live mode tries for three days, test mode three times in a few hours; each wait is its own, and a
 * receiver that says when to come back is believed within bounds.
 */
import { describe, expect, test } from "vitest";
import { type FailedAttempt, nextAttemptMs, readRetryAfter } from "./retry-schedule.ts";

const minute = 60_000;
const hour = 60 * minute;
const madeMs = 1_800_000_000_000;

const failed = (about: Partial<FailedAttempt> = {}): FailedAttempt => ({
  chance: 0.5,
  count: 1,
  livemode: true,
  madeMs,
  nowMs: madeMs,
  retryAfterMs: null,
  ...about,
});

/** The waits of a delivery whose every attempt fails at once. */
function waitsOf(about: Partial<FailedAttempt>): number[] {
  const waits: number[] = [];
  let nowMs = madeMs;
  for (let count = 1; count < 100; count += 1) {
    const nextMs = nextAttemptMs(failed({ ...about, count, nowMs }));
    if (nextMs === null) return waits;
    waits.push(nextMs - nowMs);
    nowMs = nextMs;
  }
  throw new Error("the schedule has no end");
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe("live mode", () => {
  test("waits longer and longer, up to half a day, for three days", () => {
    const waits = waitsOf({ livemode: true });
    expect(waits.slice(0, 6)).toEqual([
      5 * minute,
      30 * minute,
      2 * hour,
      5 * hour,
      10 * hour,
      12 * hour,
    ]);
    expect(new Set(waits.slice(5))).toEqual(new Set([12 * hour]));
    expect(sum(waits)).toBeLessThanOrEqual(72 * hour);
    expect(sum(waits)).toBeGreaterThan(60 * hour);
  });

  test("never goes beyond the three days, whatever chance does", () => {
    for (const chance of [0, 0.25, 0.75, 1]) {
      const waits = waitsOf({ chance, livemode: true });
      expect(sum(waits)).toBeLessThanOrEqual(72 * hour);
      expect(waits.length).toBeGreaterThanOrEqual(8);
    }
  });
});

describe("test mode", () => {
  test("tries three times: after half an hour and two hours more", () => {
    expect(waitsOf({ livemode: false })).toEqual([30 * minute, 2 * hour]);
  });

  test("an attempt beyond the third, which a resend was, is the last", () => {
    expect(nextAttemptMs(failed({ count: 4, livemode: false }))).toBeNull();
  });
});

test("what failed together does not come back together", () => {
  const waits = [0, 0.5, 1].map((chance) => (nextAttemptMs(failed({ chance })) ?? 0) - madeMs);
  expect(waits).toEqual([4.5 * minute, 5 * minute, 5.5 * minute]);
});

describe("Retry-After", () => {
  const waitAfter = (retryAfterMs: number): number =>
    (nextAttemptMs(failed({ retryAfterMs })) ?? 0) - madeMs;

  test("makes a wait longer, at most twice as long, and never shorter", () => {
    expect(waitAfter(7 * minute)).toBe(7 * minute);
    expect(waitAfter(3 * hour)).toBe(10 * minute);
    expect(waitAfter(1000)).toBe(5 * minute);
  });

  test("is seconds or a date, and nothing else", () => {
    expect(readRetryAfter("120", madeMs)).toBe(120_000);
    expect(readRetryAfter(" 0 ", madeMs)).toBe(0);
    const date = new Date(madeMs + 90_000).toUTCString();
    expect(readRetryAfter(date, madeMs)).toBe(90_000);
    expect(readRetryAfter(new Date(madeMs - 90_000).toUTCString(), madeMs)).toBe(0);
    expect(readRetryAfter("999999999", madeMs)).toBe(365 * 24 * hour);
    for (const nonsense of ["", "-5", "1e9", "soon", "2026-11-21", "12, 13", "1".repeat(400)]) {
      expect(readRetryAfter(nonsense, madeMs)).toBeNull();
    }
    expect(readRetryAfter(undefined, madeMs)).toBeNull();
  });
});
