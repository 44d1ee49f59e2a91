/**
 * Takes what is due out of the inbox and has it handled, so many at a time, until it is closed. Every event that was
 * taken ends as done, as failed with a time or among the dead letters, or is given back; if the process dies first, its
 * lease runs out and another takes it.
 */
import type { Failure, Inbox, Lease, LeasedEvent } from "./inbox.ts";
import { errorMessage, errorText, type OnProblem } from "./problem.ts";

export interface WorkerOptions {
  readonly inbox: Pick<Inbox<unknown>, "claim" | "fail" | "release" | "renew">;
  /** Handles one event. @returns whether it was still ours to finish. */
  readonly handle: (leased: LeasedEvent, signal: AbortSignal) => Promise<boolean>;
  readonly onProblem: OnProblem;
  readonly attemptsMax: number;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly retryDelayMs: (attempt: number) => number;
}

interface Run {
  readonly leased: LeasedEvent;
  readonly abort: AbortController;
}

/** The reason of an abort that is not the handler's fault. */
class Closing extends Error {}

/** After an abort a handler has this long to notice before its event is given back. */
const abortGraceMs = 1_000;

export class Worker {
  readonly #options: WorkerOptions;
  readonly #running = new Map<string, Run>();
  #isStarted = false;
  #isClosed = false;
  #drainCount = 0;
  #isTaking = false;
  #isAskedAgain = false;
  #isRenewing = false;
  #pollTimer: NodeJS.Timeout | undefined;
  #renewTimer: NodeJS.Timeout | undefined;
  #waitingForIdle: (() => void)[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Goes on until {@link close}. */
  start(): void {
    if (this.#isStarted) return;
    this.#isClosed = false;
    this.#isStarted = true;
    this.#pollTimer = setInterval(() => this.wake(), this.#options.pollMs);
    this.wake();
  }

  /** Handles what is due and what becomes due meanwhile, then stops: for places that have no background. */
  async drain(): Promise<void> {
    this.#drainCount += 1;
    try {
      this.wake();
      await this.#idle();
    } finally {
      this.#drainCount -= 1;
    }
  }

  /** Something may be due. Costs nothing while a look at the inbox is under way: that one looks once more. */
  wake(): void {
    if (!this.#isOpen) return;
    this.#isAskedAgain = true;
    if (this.#isTaking) return;
    this.#isTaking = true;
    this.#takeAll().catch((error: unknown) => this.#report(error));
  }

  /** Takes nothing more, lets what runs finish for `graceMs`, then aborts it and gives it back. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#isStarted = false;
    clearInterval(this.#pollTimer);
    await within(graceMs, this.#idle());
    for (const { abort } of this.#running.values())
      abort.abort(new Closing("The process is closing."));
    await within(abortGraceMs, this.#idle());
    clearInterval(this.#renewTimer);
    this.#renewTimer = undefined;
  }

  get #isOpen(): boolean {
    return !this.#isClosed && (this.#isStarted || this.#drainCount > 0);
  }

  async #takeAll(): Promise<void> {
    try {
      while (this.#isAskedAgain && this.#isOpen) {
        this.#isAskedAgain = false;
        await this.#take();
      }
    } finally {
      this.#isTaking = false;
      this.#noticeIdle();
    }
  }

  async #take(): Promise<void> {
    const { concurrency, inbox, leaseMs } = this.#options;
    const free = concurrency - this.#running.size;
    // Whoever finishes first wakes us again.
    if (free <= 0) return;
    const taken = await inbox.claim(free, leaseMs);
    if (!this.#isOpen) {
      await inbox.release(taken);
      return;
    }
    for (const leased of taken) this.#begin(leased);
  }

  #begin(leased: LeasedEvent): void {
    const run: Run = { abort: new AbortController(), leased };
    this.#running.set(leased.eventId, run);
    this.#renewTimer ??= setInterval(() => this.#renew(), this.#options.leaseMs / 3);
    this.#attempt(run)
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#end(run));
  }

  #end({ leased }: Run): void {
    this.#running.delete(leased.eventId);
    if (this.#running.size === 0) {
      clearInterval(this.#renewTimer);
      this.#renewTimer = undefined;
    }
    this.wake();
    this.#noticeIdle();
  }

  async #attempt({ abort, leased }: Run): Promise<void> {
    const { attemptsMax, handle, timeoutMs } = this.#options;
    if (leased.attempt > attemptsMax) {
      const error = new Error(
        `The process ended in the middle of the last of ${attemptsMax} attempts.`,
      );
      return this.#fail(leased, error);
    }
    const tooLong = new Error(`The handlers took longer than ${timeoutMs} ms.`);
    const timer = setTimeout(() => abort.abort(tooLong), timeoutMs);
    try {
      if (!(await handle(leased, abort.signal))) this.#lost(leased);
    } catch (error) {
      if (abort.signal.reason instanceof Closing) await this.#options.inbox.release([leased]);
      else await this.#fail(leased, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fail(leased: LeasedEvent, error: unknown): Promise<void> {
    const { attemptsMax, inbox, onProblem, retryDelayMs } = this.#options;
    const { attempt, eventId, eventType } = leased;
    const retryInMs = attempt >= attemptsMax ? null : retryDelayMs(attempt);
    const failure: Failure = { error: errorText(error), retryInMs };
    if (!(await inbox.fail(leased, failure))) return this.#lost(leased);
    const next =
      retryInMs === null
        ? "It is now a dead letter."
        : `It is tried again in ${Math.ceil(retryInMs / 1_000)} s.`;
    onProblem({
      attempt,
      error,
      event: { id: eventId, type: eventType },
      kind: retryInMs === null ? "dead_lettered" : "failed",
      message: `Event ${eventId} (${eventType}) failed in attempt ${attempt}: ${errorMessage(error)} ${next}`,
    });
  }

  #lost({ attempt, eventId, eventType }: LeasedEvent): void {
    this.#options.onProblem({
      attempt,
      error: undefined,
      event: { id: eventId, type: eventType },
      kind: "lease_lost",
      message: `Event ${eventId} (${eventType}) is another process's by now: attempt ${attempt} went on past its lease.`,
    });
  }

  #renew(): void {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const leases: Lease[] = [...this.#running.values()].map(({ leased }) => leased);
    this.#options.inbox
      .renew(leases, this.#options.leaseMs)
      .then((held) => this.#abortLost(leases, held))
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        this.#isRenewing = false;
      });
  }

  /** What has finished since is not held either, and its signal interests nobody. */
  #abortLost(leases: readonly Lease[], held: ReadonlySet<string>): void {
    for (const lease of leases) {
      const run = this.#running.get(lease.eventId);
      if (run?.leased === lease && !held.has(lease.eventId))
        run.abort.abort(new Error("The lease was lost: another process has the event."));
    }
  }

  #report(error: unknown): void {
    const message = `The webhook inbox did not answer: ${errorMessage(error)}`;
    this.#options.onProblem({ error, kind: "inbox", message });
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waitingForIdle.push(resolve);
      this.#noticeIdle();
    });
  }

  #noticeIdle(): void {
    if (this.#isTaking || this.#running.size > 0) return;
    for (const resolve of this.#waitingForIdle.splice(0)) resolve();
  }
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer);
}
