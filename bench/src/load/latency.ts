/**
 * A histogram of waiting times in fixed memory: 64 steps to each doubling of a microsecond, so that any percentile is
 * within 1.6 % however many requests there were.
 */

export interface Latencies {
  add(milliseconds: number): void;
  /** @param share from 0 to 1. @returns milliseconds; 0 when nothing was added. */
  percentile(share: number): number;
}

const stepsPerDoubling = 64;
/** The largest time that is told apart: 2^27 µs, over two minutes. */
const doublings = 27;

export function createLatencies(): Latencies {
  const counts = new Uint32Array(stepsPerDoubling * doublings);
  let total = 0;
  return {
    add: (milliseconds) => {
      const microseconds = Math.max(1, milliseconds * 1000);
      const step = Math.floor(Math.log2(microseconds) * stepsPerDoubling);
      const index = Math.min(step, counts.length - 1);
      counts[index] = (counts[index] ?? 0) + 1;
      total += 1;
    },
    percentile: (share) => {
      let left = Math.ceil(total * share);
      for (const [step, count] of counts.entries()) {
        left -= count;
        if (count > 0 && left <= 0) return 2 ** ((step + 0.5) / stepsPerDoubling) / 1000;
      }
      return 0;
    },
  };
}
