/**
 * The load gauge tells a server that works without pause from one that waits.
 */
import { setImmediate, setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLoadGauge } from "./load-gauge.ts";

/** Occupies the event loop as many requests do: work in each of its turns, and no pause. */
async function work(durationMs: number): Promise<void> {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    const turnEndMs = performance.now() + 5;
    let sum = 0;
    while (performance.now() < turnEndMs) sum += 1;
    expect(sum).toBeGreaterThan(0);
    await setImmediate();
  }
}

test("a process that works is busy, one that waits is not, and a short look changes nothing", async () => {
  const isBusy = createLoadGauge();
  await work(800);
  expect(isBusy()).toBe(true);
  expect(isBusy()).toBe(true);
  await setTimeout(1500);
  expect(isBusy()).toBe(false);
  await work(50);
  expect(isBusy()).toBe(false);
});
