/**
 * The load gauge tells a server that works without pause from one that waits, and takes no notice of who asks it.
 */
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { isServerBusy } from "./load-gauge.ts";

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

test("a process that works is busy, and one that waits is not", async () => {
  const working = work(200);
  expect(await isServerBusy()).toBe(true);
  await working;
  expect(await isServerBusy()).toBe(false);
});

test("what the asker did before it asked does not count", async () => {
  await work(100);
  expect(await isServerBusy()).toBe(false);
});
