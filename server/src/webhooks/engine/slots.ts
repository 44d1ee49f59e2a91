/**
 * How much is under way in all. A delivery takes a fast slot; one that takes long gives it back and goes on as a slow
 * one, of which there may be many more, because it costs a socket and no time. Endpoints that have not answered lately
 * have fast slots of their own, so that any number of them that hang takes nothing from those that answer.
 */

/** For endpoints that answer, and for those of which it is not known. */
const fastMax = { proven: 256, unproven: 128 } as const;
const slowMax = 4096;
/** An answer that takes longer than this is slow. */
const slowAfterMs = 250;

type Kind = keyof typeof fastMax;

interface Held {
  readonly sinceMs: number;
  readonly kind: Kind;
  isFast: boolean;
}

export interface Slots {
  /** @returns what gives the slot back; undefined when none of the kind is free. */
  take(nowMs: number, kind: Kind): (() => void) | undefined;
  /** Moves what has become slow. @returns whether fast slots became free. */
  review(nowMs: number): boolean;
  readonly inUse: number;
}

export function createSlots(): Slots {
  /** In the order in which they were taken. */
  const held = new Set<Held>();
  const fast = { proven: 0, unproven: 0 };
  const release = (one: Held): void => {
    if (!one.isFast) return;
    one.isFast = false;
    fast[one.kind] -= 1;
  };
  return {
    get inUse() {
      return held.size;
    },
    review: (nowMs) => {
      let isFreed = false;
      for (const one of held) {
        if (nowMs - one.sinceMs < slowAfterMs) break;
        isFreed ||= one.isFast;
        release(one);
      }
      return isFreed;
    },
    take: (nowMs, kind) => {
      if (fast[kind] >= fastMax[kind] || held.size >= slowMax) return undefined;
      const one: Held = { isFast: true, kind, sinceMs: nowMs };
      held.add(one);
      fast[kind] += 1;
      return () => {
        if (held.delete(one)) release(one);
      };
    },
  };
}
