/**
 * However many requests arrive, a bounded number a second is kept, spread over the second, and successes never crowd out
 * errors.
 */
import { expect, test } from "vitest";
import { createSampler, keptPerSecond } from "./sampler.ts";

/** Offers so many requests in each second. @returns how many of them were kept, second by second. */
function keptOf(
  sampler: ReturnType<typeof createSampler>,
  rates: readonly number[],
  isError = false,
): number[] {
  return rates.map((rate, second) => {
    let kept = 0;
    for (let at = 0; at < rate; at++) {
      if (sampler.keeps(isError, second * 1000 + (at * 1000) / rate)) kept++;
    }
    return kept;
  });
}

test("a second with few requests keeps all of them", () => {
  expect(keptOf(createSampler(), [1, keptPerSecond, 7])).toEqual([1, keptPerSecond, 7]);
});

test("a second with many keeps no more than its share, errors too", () => {
  for (const isError of [false, true]) {
    const kept = keptOf(createSampler(), [10_000, 20_000, 300, 100_000, 50], isError);
    for (const count of kept) expect(count).toBeLessThanOrEqual(keptPerSecond);
    expect(kept.every((count) => count > 0)).toBe(true);
  }
});

test("successes at a steady rate are kept from the whole second, not from its beginning", () => {
  const sampler = createSampler();
  keptOf(sampler, [10_000]);
  let late = 0;
  for (let at = 0; at < 10_000; at++) {
    const isKept = sampler.keeps(false, 1000 + at / 10);
    if (isKept && at >= 5000) late++;
  }
  expect(late).toBe(keptPerSecond / 2);
});

test("a flood of successes leaves the errors beside it their place", () => {
  const sampler = createSampler();
  let errors = 0;
  for (let at = 0; at < 100_000; at++) {
    sampler.keeps(false, at / 200);
    if (at % 1000 === 0 && sampler.keeps(true, at / 200)) errors++;
  }
  expect(errors).toBe(100);
});

test("a flood that is over does not thin out the requests that come later", () => {
  const sampler = createSampler();
  keptOf(sampler, [100_000]);
  expect([10_000, 10_001, 10_002].map((ms) => sampler.keeps(false, ms))).toEqual([
    true,
    true,
    true,
  ]);
});
