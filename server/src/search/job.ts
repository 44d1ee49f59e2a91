/**
 * When the index is brought up to date, and at what pace: a little at a time while the server is busy, because requests
 * come first however late it is, and as fast as it can when there is nothing else to do. So what is written in a rush
 * can be searched after it; at rest a change is found within seconds.
 */
import type { Platform, Scope } from "../context.ts";
import type { Job } from "../jobs/worker.ts";
import { searchableCharges } from "./charges.ts";
import { searchableCustomers } from "./customers.ts";
import { followChanges, type Progress } from "./follow.ts";
import { createLoadGauge } from "./load-gauge.ts";

/** Every resource that can be searched. */
export const searchables = [searchableCustomers, searchableCharges] as const;

/** Pieces in one turn. A piece takes 2 to 5 ms. */
const pieceCounts = { whenBusy: 1, whenIdle: 10 } as const;

export function createSearchJob(parts: {
  readonly platform: Platform;
  /** Every account in both of its modes. */
  scopes(): Promise<readonly Scope[]>;
  /** Whether requests need the processor; by the event loop's load unless said otherwise. */
  readonly isBusy?: () => boolean;
}): Job {
  const isBusy = parts.isBusy ?? createLoadGauge();
  let pieceCount = 0;
  const goesOn = (progress: Progress): boolean => {
    if (progress === "complete") return false;
    if (isBusy()) return pieceCount < pieceCounts.whenBusy;
    return progress === "late" || progress === "building" || pieceCount < pieceCounts.whenIdle;
  };
  return {
    everyMs: 1000,
    name: "bring the search index up to date",
    run: async () => {
      let progress: Progress = "complete";
      for (const scope of await parts.scopes()) {
        progress = behind(progress, await followChanges(parts.platform, scope, searchables));
      }
      pieceCount += 1;
      const hasMore = goesOn(progress);
      if (!hasMore) pieceCount = 0;
      return hasMore;
    },
  };
}

const order: readonly Progress[] = ["complete", "behind", "building", "late"];

/** Whichever is further behind. */
const behind = (a: Progress, b: Progress): Progress =>
  order.indexOf(a) < order.indexOf(b) ? b : a;
