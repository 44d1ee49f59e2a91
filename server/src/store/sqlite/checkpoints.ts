/**
 * Keeps the write-ahead log short without a request ever waiting for it. Most of a checkpoint runs in a worker beside
 * the writer; then the writer pauses for the few pages that came meanwhile, after which SQLite starts the log anew.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { GroupCommit } from "./group-commit.ts";

/** The length to which the log grows between checkpoints: 4096 frames of 4 KiB. */
const frameCountTarget = 4096;
/** After this long without a write, what is in the log is moved, so that a start has little to read. */
const idleMs = 2000;

/** What the worker answers: how many frames the log has, or why it could not look. */
export type CheckpointReply = { readonly frameCount: number } | { readonly error: string };

export class Checkpoints {
  readonly #file: string;
  readonly #groups: () => GroupCommit;
  #worker: Worker | undefined;
  #writesSince = 0;
  /** Rows written per checkpoint, learned from the length of the log that each finds. */
  #writesPerCheckpoint = 1000;
  #running: Promise<void> | undefined;
  /** The part of a checkpoint that runs beside the writer, until the writer has been held back for it. */
  #copying: Promise<CheckpointReply> | undefined;
  /** The last of those that touch the files one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(file: string, groups: () => GroupCommit) {
    this.#file = file;
    this.#groups = groups;
  }

  /** Told after each durable group. */
  noteWrites(count: number): void {
    this.#writesSince += count;
    if (this.#isClosed) return;
    if (this.#writesSince >= this.#writesPerCheckpoint) this.#start();
    else if (this.#writesSince >= this.#writesPerCheckpoint / 2)
      this.#worker ??= this.#startWorker();
    this.#holdBack();
    this.#idleTimer ??= setTimeout(() => this.#whenIdle(), idleMs).unref();
  }

  /** Runs `work` while the worker does not touch the files. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    await this.#running;
    await this.#worker?.terminate();
  }

  /** A disk that copies more slowly than requests write must slow the requests, or the log would grow for ever. */
  #holdBack(): void {
    const copying = this.#copying;
    if (copying === undefined || this.#writesSince < this.#writesPerCheckpoint) return;
    this.#copying = undefined;
    void this.#groups().whilePaused(() => copying.catch(() => undefined));
  }

  #whenIdle(): void {
    this.#idleTimer = undefined;
    if (this.#writesSince > 0) this.#start();
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** The part beside the writer, and while it is paused the rest. Never rejects: a checkpoint that fails leaves the log as it was, and the next one tries again. */
  async #run(): Promise<void> {
    const writeCount = this.#writesSince;
    this.#writesSince = 0;
    try {
      this.#copying = this.exclusively(() => this.#ask());
      const reply = await this.#copying;
      if ("error" in reply) return;
      const framesPerWrite = Math.max(reply.frameCount / Math.max(writeCount, 1), 0.01);
      const learned = Math.round(frameCountTarget / framesPerWrite);
      this.#writesPerCheckpoint = Math.min(Math.max(learned, 100), 20_000);
      await this.#groups().whilePaused(() => this.exclusively(() => this.#ask()));
    } catch {
      // The worker died. The next checkpoint starts another.
      this.#worker = undefined;
    } finally {
      this.#copying = undefined;
    }
  }

  async #ask(): Promise<CheckpointReply> {
    this.#worker ??= this.#startWorker();
    const worker = this.#worker;
    const { signal, cancel } = failure(worker);
    // An idle worker keeps no process alive; one that is waited for does.
    worker.ref();
    try {
      worker.postMessage("checkpoint");
      const [reply] = await once(worker, "message", { signal });
      return reply as CheckpointReply;
    } finally {
      cancel();
      worker.unref();
    }
  }

  #startWorker(): Worker {
    const url = new URL("./checkpoint-worker.js", import.meta.url);
    const worker = new Worker(url, { workerData: this.#file });
    // Whoever waits for it is told through its end.
    worker.on("error", () => undefined);
    worker.unref();
    return worker;
  }
}

/** Aborts when the worker ends, so that nobody waits for an answer that cannot come. */
function failure(worker: Worker): { signal: AbortSignal; cancel: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  worker.once("exit", abort);
  return { cancel: () => worker.off("exit", abort), signal: controller.signal };
}
