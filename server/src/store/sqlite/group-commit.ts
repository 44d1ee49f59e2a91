/**
 * The one writer. Transaction bodies run strictly one after another, many in one BEGIN…COMMIT, and everything that a
 * group learned or wrote, its errors included, is told only after the sync that follows its commit. The next group
 * begins after that sync, so nothing is ever built on bytes that a power cut could take back.
 */
import { createClock } from "../../core/clock.ts";
import { ContentionError, type EventHook, StorageError, type Transaction } from "../database.ts";
import { LostUpdate, runCountMax, UnitOfWork } from "../unit-of-work.ts";
import { asStorageError, notWritten } from "./errors.ts";
import type { Files } from "./files.ts";
import { WriterSession } from "./writer-session.ts";

/** A group ends after this many bodies, or when it has kept the event loop for this long. */
const bodyCountMax = 256;
const groupMsMax = 8;
/** A group waits no longer than this for more bodies. */
const gatherMsMax = 4;
/** After a group that had to be run again, this many are run with a savepoint for each body. */
const carefulGroupCount = 64;

const { monotonic } = createClock();

type Body = (tx: Transaction) => Promise<unknown>;

interface Job {
  readonly body: Body;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome =
  | { readonly value: unknown; readonly unit?: UnitOfWork }
  | { readonly error: unknown };

/** A job of the current group, and what it will be told when the group is durable. */
interface Settled {
  readonly job: Job;
  outcome: Outcome;
}

export interface GroupCommitOptions {
  readonly files: Files;
  readonly onEvents: EventHook;
  /** Told how many rows each durable group wrote. */
  readonly onDurable: (writeCount: number) => void;
  /** Reopens the files after a failed sync. */
  readonly reopen: () => Promise<void>;
}

export class GroupCommit {
  readonly #files: Files;
  readonly #options: GroupCommitOptions;
  #queue: Job[] = [];
  #queueHead = 0;
  #isRunning = false;
  #isScheduled = false;
  #mustReopen = false;
  #pauses = 0;
  #carefulGroups = 0;
  #idleWaiters: (() => void)[] = [];
  /** Rejects the body that runs now; undefined between bodies. */
  #accuse: (() => void) | undefined;
  /**
   * Resolves when the bodies of the current group have run and been committed or undone; undefined when none runs.
   * Readers that share the writer's connection wait for it.
   */
  bodiesEnd: Promise<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#files = options.files;
    this.#options = options;
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ body, reject, resolve: resolve as (value: unknown) => void });
      this.#schedule();
    });
  }

  /** Waits until no group is under way, runs `work`, and only then lets groups go on. */
  async whilePaused<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses++;
    try {
      await this.idle();
      return await work();
    } finally {
      // After a checkpoint this lets go of the log, so that the next commit can begin it anew.
      if (!this.#mustReopen) this.#showDurable();
      this.#pauses--;
      this.#schedule();
    }
  }

  /** Resolves when no group is under way. */
  async idle(): Promise<void> {
    while (this.#isRunning) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Resolves when everything that waits has been answered. */
  async drained(): Promise<void> {
    while (this.#isRunning || this.#waiting > 0) {
      await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    }
  }

  get #waiting(): number {
    return this.#queue.length - this.#queueHead;
  }

  /** After the current turn of the event loop, so that requests that arrived together share a commit. */
  #schedule(): void {
    if (this.#isScheduled || this.#isRunning || this.#pauses > 0 || this.#waiting === 0) return;
    this.#isScheduled = true;
    this.#gather(monotonic(), 1);
  }

  /**
   * As long as each turn brings more, the group waits for the next: what a commit costs, its sync above all, is then
   * shared by more of them. One that is alone is not kept waiting.
   */
  #gather(startedMs: number, seen: number): void {
    setImmediate(() => {
      const waiting = this.#waiting;
      const isGrowing = waiting > seen && waiting < bodyCountMax;
      if (isGrowing && monotonic() - startedMs < gatherMsMax) this.#gather(startedMs, waiting);
      else this.#begin();
    });
  }

  #begin(): void {
    this.#isScheduled = false;
    if (this.#isRunning || this.#pauses > 0) return;
    this.#isRunning = true;
    void this.#runGroup().finally(() => {
      this.#isRunning = false;
      const waiters = this.#idleWaiters;
      this.#idleWaiters = [];
      for (const resume of waiters) resume();
      this.#schedule();
    });
  }

  /** Never rejects: each job of the group is told what happened. */
  async #runGroup(): Promise<void> {
    const settled: Settled[] = [];
    try {
      if (this.#mustReopen) await this.#reopen();
      const writeCount = await this.#commitGroup(settled);
      if (writeCount > 0) await this.#syncGroup(writeCount);
    } catch (error) {
      const failure = asStorageError(error);
      if (settled.length === 0) this.#takeAll(settled);
      for (const { job } of settled) job.reject(failure);
      return;
    }
    for (const { job, outcome } of settled) {
      if ("value" in outcome) {
        outcome.unit?.tellOfCommit();
        job.resolve(outcome.value);
      } else job.reject(outcome.error);
    }
  }

  async #reopen(): Promise<void> {
    try {
      await this.#options.reopen();
    } catch (error) {
      throw notWritten("the disk has not recovered from a failure", error);
    }
    this.#mustReopen = false;
  }

  /** Runs bodies and commits. @returns how many rows were written. @throws when the group as a whole failed. */
  async #commitGroup(settled: Settled[]): Promise<number> {
    const { writer } = this.#files;
    let release = (): void => {};
    this.bodiesEnd = new Promise((resolve) => {
      release = resolve;
    });
    try {
      const isCareful = this.#carefulGroups > 0;
      if (isCareful) this.#carefulGroups--;
      let session = await this.#attempt(settled, isCareful);
      if (session.isSpoilt) {
        this.#rollBack();
        this.#carefulGroups = carefulGroupCount;
        session = await this.#attempt(settled, true);
      }
      writer.run("commit");
      return session.writeCount;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.bodiesEnd = undefined;
      release();
    }
  }

  /** Runs bodies in a transaction that is left open. Those that an earlier attempt ran come first. */
  async #attempt(settled: Settled[], isCareful: boolean): Promise<WriterSession> {
    const { writer } = this.#files;
    writer.run("begin immediate");
    const session = new WriterSession(writer, isCareful);
    await this.#runBodies(session, settled);
    return session;
  }

  async #runBodies(session: WriterSession, settled: Settled[]): Promise<void> {
    const again = settled.splice(0);
    const startedAt = monotonic();
    // Bodies wait for nothing but this connection, which answers at once; so a whole group runs in one turn of the
    // event loop, and whoever is still running when the turn is over waits for something else.
    let watchdog: NodeJS.Immediate;
    const watch = (): void => {
      this.#accuse?.();
      watchdog = setImmediate(watch);
    };
    watchdog = setImmediate(watch);
    try {
      do {
        const job = again.shift()?.job ?? this.#next();
        if (job === undefined) break;
        const entry: Settled = { job, outcome: { value: undefined } };
        settled.push(entry);
        entry.outcome = await this.#runJob(session, job.body);
        // On some failures SQLite rolls everything back: then the bodies before this one are lost as well.
        if (!this.#files.writer.database.isTransaction) throw lossOf(entry.outcome);
        if (session.isSpoilt) break;
      } while (
        again.length > 0 ||
        (settled.length < bodyCountMax && monotonic() - startedAt < groupMsMax)
      );
      makeWaiting(session);
    } finally {
      clearImmediate(watchdog);
      // What this attempt did not come to is run by the next one, or told of the failure.
      settled.push(...again);
    }
  }

  async #runJob(session: WriterSession, body: Body): Promise<Outcome> {
    for (let runCount = 1; ; runCount++) {
      const unit = new UnitOfWork(session, this.#options.onEvents);
      try {
        const value = await this.#runBody(unit, body);
        session.keep();
        return { unit, value };
      } catch (error) {
        session.undo();
        // It is run again with the whole group.
        if (session.isSpoilt) return { error };
        if (!(error instanceof LostUpdate)) return { error: asStorageError(error) };
        if (runCount === runCountMax) return { error: new ContentionError({ cause: error }) };
      } finally {
        unit.end();
      }
    }
  }

  /** Rejects when the body fails, and when it waits for something other than its transaction. */
  async #runBody(unit: UnitOfWork, body: Body): Promise<unknown> {
    try {
      return await new Promise((resolve, reject) => {
        this.#accuse = () => reject(new Error(foreignWait));
        runToEnd(unit, body).then(resolve, reject);
      });
    } finally {
      this.#accuse = undefined;
    }
  }

  async #syncGroup(writeCount: number): Promise<void> {
    try {
      await this.#files.sync();
    } catch (error) {
      this.#mustReopen = true;
      const message = "The disk did not confirm the write: whether it was kept is not known.";
      throw new StorageError(message, { cause: error });
    }
    this.#showDurable();
    this.#options.onDurable(writeCount);
  }

  /** What is durable was written, whatever becomes of the reader: one that fails is replaced before the next group. */
  #showDurable(): void {
    try {
      this.#files.showDurable();
    } catch {
      this.#mustReopen = true;
    }
  }

  #rollBack(): void {
    const { writer } = this.#files;
    try {
      if (writer.database.isTransaction) writer.run("rollback");
    } catch {
      // A connection that cannot even roll back is replaced before the next group.
      this.#mustReopen = true;
    }
  }

  #next(): Job | undefined {
    const job = this.#queue[this.#queueHead];
    if (job === undefined) return undefined;
    this.#queueHead++;
    if (this.#queueHead === this.#queue.length) {
      this.#queue = [];
      this.#queueHead = 0;
    }
    return job;
  }

  #takeAll(settled: Settled[]): void {
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      settled.push({ job, outcome: { value: undefined } });
    }
  }
}

const foreignWait =
  "A transaction body waited for something other than its transaction; other transactions share its commit.";

function lossOf(outcome: Outcome): unknown {
  const cause = "error" in outcome ? outcome.error : undefined;
  return cause instanceof StorageError ? cause : notWritten("the transaction was lost", cause);
}

function makeWaiting(session: WriterSession): void {
  if (session.isSpoilt) return;
  try {
    session.makeWaiting();
  } catch {
    // The session is spoilt; whose write it was shows when the group is run again.
  }
}

async function runToEnd(unit: UnitOfWork, body: Body): Promise<unknown> {
  const value = await body(unit);
  await unit.finish();
  return value;
}
