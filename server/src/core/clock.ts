/**
 * Time as an input. Three clocks, never mixed: *system* for ids, leases and signatures; *monotonic* for timeouts;
 * *business* for what users see and what billing obeys. The business clock of test mode may start elsewhere and only
 * moves forward. This is the only file that reads the machine's clock.
 */

export interface Clock {
  /** Milliseconds since 1970 of the machine. May jump. */
  system(): number;
  /** Milliseconds from an arbitrary start. Never jumps. */
  monotonic(): number;
  /** Unix seconds as the mode's users see them. Never goes back within a process. */
  business(livemode: boolean): number;
}

/** The machine's clock, for what is needed before a {@link Clock} can be made. */
export const systemNow = (): number => Date.now();

/** @param testOffsetMs how far test mode's business clock is ahead of the system clock; negative when behind. */
export function createClock(testOffsetMs = 0): Clock {
  const latest = { live: 0, test: 0 };
  return {
    system: systemNow,
    monotonic: () => performance.now(),
    business: (livemode) => {
      const mode = livemode ? "live" : "test";
      const now = Math.floor((systemNow() + (livemode ? 0 : testOffsetMs)) / 1000);
      if (now > latest[mode]) latest[mode] = now;
      return latest[mode];
    },
  };
}
