/**
 * The request log: requests leave records in a bounded queue when their answers are out, and a job writes them in
 * batches. A slow or failing database fills the queue, whose oldest records then give way and are counted; no request
 * waits for it or fails with it.
 */
import type { Clock } from "../core/clock.ts";
import type { Ids } from "../core/ids.ts";
import type { Answer } from "../http/answer.ts";
import type { Asked } from "../http/call.ts";
import { type Database, StorageError } from "../store/database.ts";
import { type Draft, draftOf, rowOf } from "./record.ts";
import { createSampler } from "./sampler.ts";
import { type RequestLogRow, requestLogs } from "./schema.ts";
import { requestLogPath } from "./url.ts";

/** What leaves a record; errors always do but in `off`. Writes are POST and DELETE; reading the log is never kept. */
export type Keeps = "off" | "errors" | "writes" | "all";

/** How many records there were since the start, by what became of them. */
export interface RequestLogCounts {
  readonly written: number;
  /** There were too many in a second. */
  readonly sampledOut: number;
  /** They could not be written in time, or not at all. */
  readonly dropped: number;
}

export interface RequestLog {
  /** Takes note of an answer that is out. Never waits, never throws. @param durationMs from its head to its answer. */
  add(asked: Asked, answer: Answer, durationMs: number): void;
  /**
   * Writes a batch. @returns whether there is more to write.
   * @throws what the database threw. If nothing was stored, the records stay and the next batch waits for some seconds.
   */
  write(): Promise<boolean>;
  /** Writes all that waits, unless the database fails. For the end of the server. */
  flush(): Promise<void>;
  counts(): RequestLogCounts;
}

export interface RequestLogParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keeps: Keeps;
}

/** Records that may wait: some 10 MB as requests go, and 100 at the worst, each with the longest headers there may be. */
const waitingMax = 2000;
/** Rows of a transaction: a millisecond's work, so that no request waits long behind it. */
const batchSize = 10;
/** After a failure of the database, so that it is not asked, and complained of, all the time. */
const pauseMs = 5000;
/** Characters of a request and its answer beyond which a record is rendered, and so cut, at once instead of later. */
const heldLengthMax = 16_384;

type Render = () => RequestLogRow;

export function createRequestLog({ clock, database, ids, keeps }: RequestLogParts): RequestLog {
  const sampler = createSampler();
  const counts = { dropped: 0, sampledOut: 0, written: 0 };
  let waiting: Render[] = [];
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  const makeRoom = (): void => {
    const surplus = waiting.length - waitingMax;
    if (surplus <= 0) return;
    waiting.splice(0, surplus);
    counts.dropped += surplus;
  };
  const store = async (batch: readonly Render[]): Promise<void> => {
    try {
      const rows = batch.map((render) => render());
      await database.transact(async (tx) => {
        for (const row of rows) tx.insert(requestLogs, row);
      });
      counts.written += batch.length;
    } catch (error) {
      pausedUntilMs = clock.monotonic() + pauseMs;
      if (error instanceof StorageError && !error.mayHaveHappened) {
        waiting = [...batch, ...waiting];
        makeRoom();
      } else counts.dropped += batch.length;
      throw error;
    }
  };
  const writeBatch = async (): Promise<boolean> => {
    const batch = waiting.splice(0, batchSize);
    if (batch.length > 0) await store(batch);
    return waiting.length > 0;
  };
  return {
    add: (asked, answer, durationMs) => {
      if (!isWanted(keeps, asked, answer)) return;
      if (!sampler.keeps(answer.status >= 400, clock.monotonic())) {
        counts.sampledOut++;
        return;
      }
      const at = { createdMs: clock.system(), durationMs, position: ids.position() };
      const render = renderOf(draftOf(asked, answer, at));
      if (render === undefined) counts.dropped++;
      else waiting.push(render);
      makeRoom();
    },
    counts: () => ({ ...counts }),
    flush: async () => {
      try {
        while (await writeBatch());
      } catch {
        // The server ends: what the database does not take now is lost, as it is in a crash.
      }
    },
    write: async () => (clock.monotonic() < pausedUntilMs ? false : writeBatch()),
  };
}

function isWanted(keeps: Keeps, asked: Asked, answer: Answer): boolean {
  if (keeps === "off") return false;
  if (answer.status >= 400) return true;
  if (asked.method !== "GET") return keeps !== "errors";
  // Whoever follows the log would otherwise never see the end of it.
  return keeps === "all" && !asked.incoming.path.startsWith(requestLogPath);
}

/** Undefined where it cannot be rendered: the answer is out, so nobody but the count can be told. */
function renderOf(draft: Draft): Render | undefined {
  const length = draft.sentLength + (draft.answer?.length ?? 0);
  if (length <= heldLengthMax) return () => rowOf(draft);
  try {
    const row = rowOf(draft);
    return () => row;
  } catch {
    return undefined;
  }
}
