/**
 * The pauses between attempts grow from about a second to an hour and never come out the same for all.
 */
import { expect, test } from "vitest";
import { retryDelayMs } from "./backoff.ts";

test("each pause is between half and the whole of twice the one before, up to an hour", () => {
  for (let attempt = 1; attempt <= 40; attempt += 1) {
    const whole = Math.min(3_600_000, 1_000 * 2 ** (attempt - 1));
    for (let draw = 0; draw < 50; draw += 1) {
      expect(retryDelayMs(attempt)).toBeGreaterThanOrEqual(whole / 2);
      expect(retryDelayMs(attempt)).toBeLessThanOrEqual(whole);
    }
  }
});

test("what failed together does not come back together", () => {
  expect(new Set(Array.from({ length: 50 }, () => retryDelayMs(10))).size).toBeGreaterThan(5);
});

test("twenty attempts outlast a night, and not a day", () => {
  const pauses = Array.from({ length: 19 }, (_, index) => retryDelayMs(index + 1));
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(4);
  expect(hours).toBeLessThan(10);
});
