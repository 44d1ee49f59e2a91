/**
 * Ranges as unions of terms: exact for every range of every numbers, and small enough for one page of statements.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { termsOfNumber, termsOfRange } from "./number-terms.ts";

const within = (value: number, low: number, high: number): boolean => {
  const terms = new Set(termsOfNumber(value));
  return termsOfRange(low, high).some((term) => terms.has(term));
};

const safe = fc.oneof(fc.maxSafeInteger(), fc.integer({ max: 5000, min: -5000 }));

test("a number has a term of a range if and only if it lies in it", () => {
  fc.assert(
    fc.property(safe, safe, safe, (value, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(within(value, low, high)).toBe(value >= low && value <= high);
    }),
    { numRuns: 2000 },
  );
});

test("the ends of a range belong to it and their neighbours do not", () => {
  fc.assert(
    fc.property(safe, fc.nat(10_000), (low, width) => {
      const high = Math.min(low + width, Number.MAX_SAFE_INTEGER);
      expect([within(low, low, high), within(high, low, high)]).toEqual([true, true]);
      if (low > Number.MIN_SAFE_INTEGER) expect(within(low - 1, low, high)).toBe(false);
      if (high < Number.MAX_SAFE_INTEGER) expect(within(high + 1, low, high)).toBe(false);
    }),
  );
});

test("an amount has few terms, and a range of amounts a few dozen", () => {
  expect(termsOfNumber(2000)).toHaveLength(4);
  expect(termsOfNumber(99_999_999)).toHaveLength(8);
  expect(termsOfRange(1000, Number.MAX_SAFE_INTEGER).length).toBeLessThan(60);
  fc.assert(
    fc.property(safe, safe, (a, b) => {
      expect(termsOfRange(Math.min(a, b), Math.max(a, b)).length).toBeLessThan(450);
    }),
  );
  expect(termsOfRange(2, 1)).toEqual([]);
});
