/**
 * Who is next for a named lock among the transactions of this process. One of them at a time asks PostgreSQL for it;
 * the others wait here, first come, first served, without a connection, so that any number of requests for one object
 * leaves the pool to everybody else. Nobody waits here while he holds a connection, and who waits for several names
 * takes them in their order: so nobody ever waits in a circle.
 */
import { ContentionError } from "../database.ts";

/** Who comes when so many wait for one name would hardly get his turn in time, and hears so at once. */
const waitingMax = 2_000;
/** Different names that one transaction may lock. */
const namesMax = 16;

/** A lock that another transaction of this process has: the body gives its connection back, waits and runs again. */
export class TurnTaken extends Error {
  readonly lockName: string;
  constructor(lockName: string) {
    super(`another transaction has its turn at the lock ${lockName}`);
    this.name = "TurnTaken";
    this.lockName = lockName;
  }
}

/** The turns of one database's locks in this process. */
export interface Turns {
  /** Takes the turn if nobody has it. */
  tryTake(name: string): boolean;
  /** @throws ContentionError when it is not ours within the bound, or when too many wait already. */
  take(name: string, boundMs: number): Promise<void>;
  /** Hands the turn to whoever has waited longest. */
  give(name: string): void;
}

export function createTurns(): Turns {
  /** Who waits, oldest first, for each name that somebody has. */
  const queues = new Map<string, Set<() => void>>();
  const tryTake = (name: string): boolean => {
    if (queues.has(name)) return false;
    queues.set(name, new Set());
    return true;
  };
  return {
    give: (name) => {
      const waiting = queues.get(name);
      const next = waiting?.values().next().value;
      if (next === undefined) queues.delete(name);
      else next();
    },
    take: async (name, boundMs) => {
      const waiting = queues.get(name);
      if (waiting === undefined) {
        tryTake(name);
        return;
      }
      if (waiting.size >= waitingMax) throw late(`${waitingMax} wait for the lock ${name} already`);
      await waitIn(waiting, boundMs, name);
    },
    tryTake,
  };
}

function waitIn(waiting: Set<() => void>, boundMs: number, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const grant = (): void => {
      clearTimeout(timer);
      waiting.delete(grant);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(grant);
      reject(late(`the turn at the lock ${name} did not come in time`));
    }, boundMs);
    waiting.add(grant);
  });
}

const late = (reason: string): ContentionError =>
  new ContentionError({ cause: new Error(`${reason}.`) });

/** What one transaction has and wants of the turns, over all runs of its body. */
export class OwnTurns {
  readonly #turns: Turns;
  readonly #held = new Set<string>();
  #leftMs: number;
  #hasEnded = false;

  /** @param boundMs how long it waits for its turns, all of them together, before it gives up. */
  constructor(turns: Turns, boundMs: number) {
    this.#turns = turns;
    this.#leftMs = boundMs;
  }

  /**
   * Returns when the turn is ours; it stays ours until {@link end}.
   *
   * @param mayWait whether the transaction has no connection yet.
   * @throws TurnTaken when it would have to wait and may not; ContentionError when the wait is too long.
   */
  async take(name: string, mayWait: boolean): Promise<void> {
    if (this.#held.has(name)) return;
    if (!this.#turns.tryTake(name)) {
      if (!mayWait || this.#held.size > 0) throw new TurnTaken(name);
      await this.#wait(name);
    }
    this.#keep(name);
  }

  /**
   * After a TurnTaken: gives up what is held and takes it again together with what was missing, each name in its turn.
   * The next run finds all of it held.
   *
   * @throws ContentionError
   */
  async takeWith(missing: string): Promise<void> {
    const names = [...this.#held, missing].sort();
    this.#giveAll();
    if (names.length > namesMax) throw late(`one transaction wants ${names.length} locks`);
    for (const name of names) {
      await this.#wait(name);
      this.#keep(name);
    }
  }

  /** Called when the transaction has committed or was undone, so that the next one finds its locks free. */
  end(): void {
    this.#hasEnded = true;
    this.#giveAll();
  }

  #keep(name: string): void {
    this.#held.add(name);
    // A call that a failed body left behind got its turn late: nobody else would give it on.
    if (this.#hasEnded) this.#giveAll();
  }

  #giveAll(): void {
    for (const name of this.#held) this.#turns.give(name);
    this.#held.clear();
  }

  async #wait(name: string): Promise<void> {
    const startedMs = performance.now();
    await this.#turns.take(name, this.#leftMs);
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - startedMs));
  }
}
