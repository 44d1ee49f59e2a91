/**
 * The worker loop: runs each job on its own schedule, one run at a time, never on a request's path. A job does a
 * bounded piece of work and says whether there is more; a failing job is logged and tried again at its next turn.
 */

export interface Job {
  readonly name: string;
  /** Milliseconds between the end of one turn and the next. */
  readonly everyMs: number;
  /** @returns true when there is more to do at once. */
  run(): Promise<boolean>;
}

export interface Worker {
  /** Waits for the runs under way; none starts after it. */
  stop(): Promise<void>;
}

/** A turn stops after this many pieces, so that jobs share the processor with requests. */
const piecesMax = 50;

export function startWorker(
  jobs: readonly Job[],
  onFailure: (job: string, error: unknown) => void,
): Worker {
  let isStopping = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const turn = async (job: Job): Promise<void> => {
    try {
      for (let piece = 0; piece < piecesMax && !isStopping && (await job.run()); piece++)
        await breathe();
    } catch (error) {
      onFailure(job.name, error);
    }
  };
  const schedule = (job: Job): void => {
    if (isStopping) return;
    const timer = setTimeout(() => {
      const run = turn(job).finally(() => {
        running.delete(run);
        schedule(job);
      });
      running.add(run);
    }, job.everyMs);
    timer.unref();
    timers.set(job.name, timer);
  };
  for (const job of jobs) schedule(job);

  return {
    stop: async () => {
      isStopping = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** Lets requests that arrived meanwhile go first. */
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
