/**
 * Decides which requests the log keeps: a bounded number a second, spread over the second, errors counted apart so that
 * a busy hour of successes never hides them. Deciding costs nanoseconds, because it is done for every request.
 */

/**
 * Records a second of each kind that are kept; of successes beyond it every n-th, of errors the first. A record costs
 * some 130 µs to render and write, so at the most this is a hundredth of a processor for each kind.
 */
export const keptPerSecond = 100;
const windowMs = 1000;

export interface Sampler {
  /** @param nowMs of a clock that never jumps. */
  keeps(isError: boolean, nowMs: number): boolean;
}

export function createSampler(): Sampler {
  let windowEndsMs = Number.NEGATIVE_INFINITY;
  /** Every how many successes one is kept: as many as the second before had need of. */
  let every = 1;
  let seen = 0;
  let keptSuccesses = 0;
  let keptErrors = 0;
  const beginWindow = (nowMs: number): void => {
    const isNext = nowMs < windowEndsMs + windowMs;
    every = isNext ? Math.max(1, Math.ceil(seen / keptPerSecond)) : 1;
    windowEndsMs = nowMs + windowMs;
    seen = 0;
    keptSuccesses = 0;
    keptErrors = 0;
  };
  return {
    keeps: (isError, nowMs) => {
      if (nowMs >= windowEndsMs) beginWindow(nowMs);
      if (isError) return keptErrors++ < keptPerSecond;
      return seen++ % every === 0 && keptSuccesses++ < keptPerSecond;
    },
  };
}
