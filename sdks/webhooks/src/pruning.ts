/**
 * Forgets what was handled long ago, every hour and a thousand rows at a time. A row is what makes a second delivery of
 * its event a duplicate, so it stays longer than any sender can send it again.
 */
import type { Inbox } from "./inbox.ts";
import { prunedRowsMax } from "./inbox.ts";
import { errorMessage, type OnProblem } from "./problem.ts";

const everyMs = 3_600_000;
const roundsMax = 1_000;
const dayMs = 86_400_000;

interface Pruning {
  readonly inbox: Pick<Inbox<unknown>, "prune">;
  readonly keepDays: number;
  readonly onProblem: OnProblem;
}

/** Prunes now and every hour, without keeping the process alive. @returns what ends it. */
export function startPruning({ inbox, keepDays, onProblem }: Pruning): () => void {
  let isStopped = false;
  const prune = async (): Promise<void> => {
    try {
      for (let round = 0; round < roundsMax && !isStopped; round += 1)
        if ((await inbox.prune(keepDays * dayMs)) < prunedRowsMax) return;
    } catch (error) {
      const message = `Old webhooks could not be forgotten: ${errorMessage(error)}`;
      onProblem({ error, kind: "inbox", message });
    }
  };
  const timer = setInterval(prune, everyMs).unref();
  const first = setImmediate(prune);
  return () => {
    isStopped = true;
    clearInterval(timer);
    clearImmediate(first);
  };
}
