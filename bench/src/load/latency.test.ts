/** Percentiles are within the stated precision, whatever the spread of the times. */
import { expect, it } from "vitest";
import { createLatencies } from "./latency.ts";

it("a percentile is within 1.6 % of the exact one", () => {
  const latencies = createLatencies();
  for (let step = 1; step <= 1000; step += 1) latencies.add(step / 10);
  for (const [share, exact] of [
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ] as const) {
    expect(Math.abs(latencies.percentile(share) / exact - 1)).toBeLessThan(0.016);
  }
});

it("a time beyond the largest step counts as the largest, and no time at all as zero", () => {
  const latencies = createLatencies();
  expect(latencies.percentile(0.5)).toBe(0);
  latencies.add(1e9);
  expect(latencies.percentile(0.5)).toBeGreaterThan(100_000);
});
