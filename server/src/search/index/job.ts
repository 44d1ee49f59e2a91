/**
 * When the index is brought up to date, and at what pace: a little at a time while the server is busy, because requests
 * come first however late it is, and as fast as it can when there is nothing else to do. So what is written in a rush
 * can be searched soon after it; at rest a change is found within seconds.
 */
import { setImmediate } from "node:timers/promises";
import type { Platform, Scope } from "../../context.ts";
import type { Job } from "../../jobs/worker.ts";
import { searchableCharges } from "../charges.ts";
import { searchableCustomers } from "../customers.ts";
import { followChanges, type Progress } from "./follow.ts";
import { isServerBusy } from "./load-gauge.ts";

/** Every resource that can be searched. */
export const searchables = [searchableCustomers, searchableCharges] as const;

/** How long the job works before it looks again whether requests need the processor. A piece takes 2 to 5 ms. */
const sliceMs = 90;
/** Nobody waits for what is only read again. */
const checkCountMax = 10;

interface SearchJobParts {
  readonly platform: Platform;
  /** Every account in both of its modes. */
  scopes(): Promise<readonly Scope[]>;
  /** Hears after each piece how far the index that is furthest behind lags, in seconds. */
  onLag(seconds: number): void;
  /** Whether requests need the processor; by the event loop's load unless said otherwise. */
  isBusy?(): Promise<boolean>;
}

export function createSearchJob({
  platform,
  scopes,
  onLag,
  isBusy = isServerBusy,
}: SearchJobParts): Job {
  const takePiece = async (): Promise<Progress["state"]> => {
    let state: Progress["state"] = "complete";
    let lagSeconds = 0;
    for (const scope of await scopes()) {
      const progress = await followChanges(platform, scope, searchables);
      state = behind(state, progress.state);
      lagSeconds = Math.max(lagSeconds, progress.lagSeconds);
    }
    onLag(lagSeconds);
    return state;
  };
  return {
    everyMs: 1000,
    name: "bring the search index up to date",
    run: async () => {
      let state = await takePiece();
      if (state === "complete" || (await isBusy())) return false;
      const endMs = platform.clock.monotonic() + sliceMs;
      for (let count = 1; platform.clock.monotonic() < endMs; count++) {
        // Requests that arrived meanwhile go first.
        await setImmediate();
        state = await takePiece();
        if (state === "complete" || (state === "checking" && count >= checkCountMax)) return false;
      }
      return state === "behind";
    },
  };
}

const order: readonly Progress["state"][] = ["complete", "checking", "behind"];

/** Whichever is further behind. */
const behind = (a: Progress["state"], b: Progress["state"]): Progress["state"] =>
  order.indexOf(a) > order.indexOf(b) ? a : b;
