/**
 * The business clock: ahead or behind as asked, and never backwards.
 */
import { afterEach, expect, test, vi } from "vitest";
import { createClock } from "./clock.ts";

afterEach(() => void vi.useRealTimers());

test("test mode's clock runs on from its offset while live mode follows the machine", () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const clock = createClock(-100_000_000_000);
  expect(clock.business(false)).toBe(1_700_000_000);
  expect(clock.business(true)).toBe(1_800_000_000);
  vi.setSystemTime(1_800_000_060_000);
  expect(clock.business(false)).toBe(1_700_000_060);
});

test("no mode's clock goes back when the machine's does", () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const clock = createClock();
  expect(clock.business(true)).toBe(1_800_000_000);
  vi.setSystemTime(1_700_000_000_000);
  expect(clock.business(true)).toBe(1_800_000_000);
  expect(clock.system()).toBe(1_700_000_000_000);
});
