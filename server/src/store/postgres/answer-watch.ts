/**
 * Bounds how long a statement goes without an answer, for a server that cannot even say that its own timeout has passed.
 * What counts is time in which this process ran: on a machine that slept, the answers have come when it wakes up, and a
 * timer that fires first must not call their connections lost, and their commits unknown.
 */
import { Client } from "pg";

/** However late the clock finds itself, a step is one step, and sockets are read before the next. */
const stepsMax = 20;

interface Waiting {
  stepsLeft: number;
  readonly giveUp: () => void;
}

type Watch = <T>(answer: Promise<T>) => Promise<T>;

function createAnswerWatch(timeoutMs: number): Watch {
  const waiting = new Set<Waiting>();
  let clock: NodeJS.Timeout | undefined;
  const step = (): void => {
    for (const one of waiting) {
      one.stepsLeft -= 1;
      if (one.stepsLeft < 0) one.giveUp();
    }
    if (waiting.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  };
  return (answer) =>
    new Promise((resolve, reject) => {
      const one: Waiting = {
        giveUp: () => {
          waiting.delete(one);
          reject(new Error(`there was no answer for ${timeoutMs / 1000} s`));
        },
        stepsLeft: stepsMax,
      };
      waiting.add(one);
      clock ??= setInterval(step, timeoutMs / stepsMax).unref();
      answer.then(
        (value) => {
          waiting.delete(one);
          resolve(value);
        },
        (error: unknown) => {
          waiting.delete(one);
          reject(error as Error);
        },
      );
    });
}

/** The driver's client with answers that are watched. Who is told that there was none must release the connection. */
export function clientWithin(timeoutMs: number): typeof Client {
  const watch = createAnswerWatch(timeoutMs);
  const query = Client.prototype.query as (...parameters: unknown[]) => unknown;
  class WatchedClient extends Client {
    override query(...parameters: unknown[]): never {
      const answer = query.apply(this, parameters);
      return (answer instanceof Promise ? watch(answer) : answer) as never;
    }
  }
  return WatchedClient;
}
