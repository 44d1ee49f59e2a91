/** A run that is short of time measures shorter, then less often, and ends in time all the same. */
import { expect, it } from "vitest";
import { pace } from "./rounds.ts";

const plan = { repeats: 3, secondsMax: 0.8 };
const cells = 20;

it("measures as long as it was planned when there is time", () => {
  expect(pace(plan, cells, { left: 100, overhead: 0.2 })).toEqual({ rounds: 3, seconds: 0.8 });
});

it.each([30, 25, 15, 10])("ends within the %d seconds that are left", (left) => {
  const { rounds, seconds } = pace(plan, cells, { left, overhead: 0.2 });
  expect(rounds * cells * (seconds + 0.2)).toBeLessThanOrEqual(left + 1e-9);
  expect(seconds).toBeGreaterThanOrEqual(0.25);
  expect(rounds).toBeGreaterThanOrEqual(1);
});

it("measures once even when no time is left, because a run without figures is none", () => {
  expect(pace(plan, cells, { left: -5, overhead: 0.2 })).toEqual({ rounds: 1, seconds: 0.25 });
});
