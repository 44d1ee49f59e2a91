/**
 * Goes on calling until it works: for commands that outlive a restart of the server. Only what may pass by itself is
 * tried again, ever more slowly, and the user hears once that it is lost and once that it is back.
 */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "./failure.ts";
import { writeNote } from "./terminal.ts";

const delayMsMin = 250;
const delayMsMax = 5000;

/** Calls until it succeeds. @returns undefined when it was stopped before. @throws what does not pass by itself. */
export type Persist = <Result>(
  attempt: () => Promise<Result>,
  stop: AbortSignal,
) => Promise<Result | undefined>;

/** Whatever is called through one of these counts as one connection: it is lost, and back, for all of them. */
export function createPersistence(): Persist {
  let isLost = false;
  const lost = (failure: CommandFailure): void => {
    if (!isLost) writeNote(`${failure.message} Trying again until it is back.`);
    isLost = true;
  };
  const back = (): void => {
    if (isLost) writeNote("Connected again.");
    isLost = false;
  };
  return async (attempt, stop) => {
    for (let failures = 0; !stop.aborted; failures += 1) {
      try {
        const result = await attempt();
        back();
        return result;
      } catch (error) {
        if (stop.aborted) return undefined;
        if (!(error instanceof CommandFailure && error.mayPass)) throw error;
        lost(error);
        await rest(delayMs(failures), stop);
      }
    }
    return undefined;
  };
}

/** Between half of it and all of it, so that many clients of one server do not come back in step. */
function delayMs(failures: number): number {
  const whole = Math.min(delayMsMax, delayMsMin * 2 ** Math.min(failures, 10));
  return randomInt(whole / 2, whole);
}

/** Ends early, and without an error, when it is stopped. */
export const rest = (ms: number, stop: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal: stop }).catch(() => undefined);
