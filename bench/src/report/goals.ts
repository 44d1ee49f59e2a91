/**
 * What iStripe must reach: the floor that holds a release, and the goal that a miss must be explained for. Ratios are
 * to stripe-mock's requests per CPU-second in the same run.
 */
import type { OperationName } from "../load/requests.ts";

export interface Bar {
  readonly floor: number;
  readonly goal: number;
}

/** A page from anywhere in the list is measured to be seen, not to reach something. */
export const ratioBars: Readonly<Partial<Record<OperationName, Bar>>> = {
  charge: { floor: 2, goal: 3.5 },
  get: { floor: 5, goal: 8 },
  list: { floor: 3, goal: 4.5 },
  tokens: { floor: 1, goal: 2 },
};

export const coldStartGoalMs = 400;
export const idleMemoryGoalMb = 150;
/** What an operation may cost in a store of a million charges, as a multiple of its cost in an empty one. */
export const growthGoal = 1.3;

export function verdict(ratio: number, bar: Bar | undefined): string {
  if (bar === undefined) return "";
  const { floor, goal } = bar;
  if (ratio >= goal) return `goal ${goal}x met`;
  if (ratio >= floor) return `floor ${floor}x met, goal ${goal}x missed`;
  return `floor ${floor}x MISSED`;
}
