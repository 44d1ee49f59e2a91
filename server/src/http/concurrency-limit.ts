/**
 * How many requests of an account's mode may be under way at once, in all and at each endpoint, in this process. Slow
 * requests are held back here, which a limit by the second does not see. Every place that was taken is given back.
 */

export interface LimitedPlace {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly method: string;
  /** The pattern, such as `/v1/charges/:charge`. */
  readonly path: string;
}

export type ConcurrencyReason = "endpoint-concurrency" | "global-concurrency";

/** Gives the place back; called once, when the request is over. */
export type Leave = () => void;

/** One endpoint leaves room for the others. */
const endpointShare = 0.8;

/** @returns what gives the place back, or why there is none. `globalMax` counts requests under way in all. */
export type Enter = (place: LimitedPlace, globalMax: number) => Leave | ConcurrencyReason;

export function createEnter(): Enter {
  const underWay = new Map<string, number>();
  const add = (name: string, change: 1 | -1): void => {
    const count = (underWay.get(name) ?? 0) + change;
    // Who asks for nothing takes no memory.
    if (count === 0) underWay.delete(name);
    else underWay.set(name, count);
  };
  const isFull = (name: string, max: number): boolean => (underWay.get(name) ?? 0) >= max;
  return ({ accountId, livemode, method, path }, globalMax) => {
    const everywhere = `${accountId} ${livemode}`;
    const here = `${everywhere} ${method} ${path}`;
    if (isFull(everywhere, globalMax)) return "global-concurrency";
    if (isFull(here, Math.max(1, Math.floor(globalMax * endpointShare)))) {
      return "endpoint-concurrency";
    }
    add(everywhere, 1);
    add(here, 1);
    return () => {
      add(everywhere, -1);
      add(here, -1);
    };
  };
}
