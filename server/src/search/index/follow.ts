/**
 * The job that keeps the search index: reads all rows once, then the events, which tell of every change of a row, and
 * indexes what they name as it stands now. No request waits for it or writes a byte for it. An event carries the second
 * in which its request began, so a slow request's appears behind those that were read already: each second is read
 * when most of its requests have ended, and again when all have.
 */
import type { Platform, Scope } from "../../context.ts";
import type { Reader } from "../../store/database.ts";
import { defineQuery, type Query } from "../../store/query.ts";
import type { Table } from "../../store/table.ts";
import { events } from "../../webhooks/events/schema.ts";
import type { Searchable } from "../fields.ts";
import type { Place } from "../query/entries.ts";
import { type Changes, changesOf, writeChanges } from "./index-rows.ts";
import { type SearchProgress, searchDocuments, searchProgress } from "./schema.ts";

/** At most this many rows or events a commit, so that the job never holds up requests. */
const pieceSize = 20;
/** Events that are read again have been indexed already, nearly always: looking costs little. */
const checkSize = 100;

/**
 * How long after a second its events are read. The last is longer than any request takes from its date to its commit,
 * and than PostgreSQL takes to show what it committed.
 */
const delaysSeconds = [1, 30, 600] as const;
const requestSecondsMax = Math.max(...delaysSeconds);

/** How far the index is after a piece of work. */
export interface Progress {
  /**
   * Whether there is more to do: `behind` while rows or events are left that were never read, `checking` while some
   * are only to be read again.
   */
  readonly state: "complete" | "checking" | "behind";
  /**
   * How long ago the place was written that the index has reached, in seconds; 0 when nothing is left but what is read
   * again.
   */
  readonly lagSeconds: number;
}

/** Does one piece of the work. */
export async function followChanges(
  platform: Platform,
  scope: Scope,
  searchables: readonly Searchable[],
): Promise<Progress> {
  const work: Work = { platform, scope, searchables };
  const now = platform.clock.business(scope.livemode);
  // The readers of events begin before the rows are read, so that no change falls between them.
  const start: Place = { created: now - requestSecondsMax, position: 0 };
  const readers: SearchProgress[] = [];
  for (const delay of delaysSeconds) {
    readers.push(await progressOf(work, `events after ${delay} s`, start));
  }
  for (const searchable of searchables) {
    const reached = await readRows(work, searchable);
    if (reached !== undefined) return { lagSeconds: Math.max(0, now - reached), state: "behind" };
  }
  let isChecking = false;
  for (const [index, reader] of readers.entries()) {
    const until = now - (delaysSeconds[index] ?? requestSecondsMax);
    const isFirst = index === 0;
    const size = isFirst ? pieceSize : checkSize;
    const reached = await readEvents(work, reader, { size, until });
    if (reached === undefined) continue;
    // What the first has not read yet, the others would index in its place.
    if (isFirst) return { lagSeconds: now - reached, state: "behind" };
    isChecking = true;
  }
  return { lagSeconds: 0, state: isChecking ? "checking" : "complete" };
}

/** Reads every row of every resource again, whether or not the index says that it is up to date. */
export async function rebuildIndex(platform: Platform, scope: Scope): Promise<void> {
  await platform.database.transact(async (tx) => {
    await tx.execute(outdateDocuments, scope);
    await tx.execute(forgetReaders, scope);
  });
}

/** Unix seconds of the business clock: the index does not need the events before it any more. */
export async function eventsReadUntil(reader: Reader, scope: Scope): Promise<number> {
  const { accountId, livemode } = scope;
  const [slowest] = await reader.select(slowestReader, { accountId, livemode });
  return slowest?.created ?? endOfTime;
}

interface Work {
  readonly platform: Platform;
  readonly scope: Scope;
  readonly searchables: readonly Searchable[];
}

const startOfTime: Place = { created: Number.MIN_SAFE_INTEGER, position: 0 };
const endOfTime = Number.MAX_SAFE_INTEGER;

/** How far a reader has come; a new one starts at `start`. */
async function progressOf(work: Work, reader: string, start: Place): Promise<SearchProgress> {
  const { database } = work.platform;
  const { accountId: account_id, livemode } = work.scope;
  const known = await database.committed.get(searchProgress, { account_id, livemode, reader });
  if (known !== undefined) return known;
  const { created, position } = start;
  const place = { account_id, created, livemode, position };
  const progress = { ...place, is_complete: false, reader, version: 1 };
  await database.transact(async (tx) => tx.insert(searchProgress, progress));
  return progress;
}

/** @returns the second up to which rows were read; undefined when all were read before. */
async function readRows(work: Work, searchable: Searchable): Promise<number | undefined> {
  const { edition, kind, table } = searchable;
  const progress = await progressOf(work, `rows of ${kind} ${edition}`, startOfTime);
  if (progress.is_complete) return undefined;
  const reading = { after: progress, size: pieceSize, until: endOfTime };
  const found = await readAfter(work, table, reading);
  const ids = found.map(({ id }) => id);
  const { committed } = work.platform.database;
  const changes = await changesOf(committed, searchable, { ids, scope: work.scope });
  await advance(work, progress, { changes: [changes], found, size: pieceSize });
  return found.at(-1)?.created ?? endOfTime;
}

/** @returns the second up to which events were read; undefined when there are no more. */
async function readEvents(
  work: Work,
  progress: SearchProgress,
  piece: { readonly size: number; readonly until: number },
): Promise<number | undefined> {
  const { size } = piece;
  const found = await readAfter(work, events, { ...piece, after: progress });
  if (found.length === 0) return undefined;
  const { committed } = work.platform.database;
  const changes: Changes[] = [];
  for (const searchable of work.searchables) {
    const named = found.filter(({ object_kind }) => object_kind === searchable.kind);
    const ids = [...new Set(named.map(({ object_id }) => object_id ?? ""))];
    if (ids.length === 0) continue;
    changes.push(await changesOf(committed, searchable, { ids, scope: work.scope }));
  }
  await advance(work, progress, { changes, found, size });
  return found.length < size ? undefined : found.at(-1)?.created;
}

/** The index and how far the reader has come, in one commit. A reader of rows is done when it meets their end. */
async function advance(
  work: Work,
  progress: SearchProgress,
  read: {
    readonly changes: readonly Changes[];
    readonly found: readonly Place[];
    readonly size: number;
  },
): Promise<void> {
  const { created, position } = read.found.at(-1) ?? progress;
  const is_complete = read.found.length < read.size && progress.reader.startsWith("rows");
  await work.platform.database.transact(async (tx) => {
    for (const changes of read.changes) await writeChanges(tx, changes);
    tx.update(searchProgress, progress, { created, is_complete, position });
  });
}

interface Named extends Place {
  readonly id: string;
  /** Of events only. */
  readonly object_kind?: string;
  readonly object_id?: string;
}

interface Reading {
  readonly after: Place;
  /** The second before which to stop. */
  readonly until: number;
  /** At most so many. */
  readonly size: number;
}

function readAfter(work: Work, table: Table, { after, size, until }: Reading): Promise<Named[]> {
  const reader: Reader = work.platform.database.committed;
  return reader.select(afterQuery(table), {
    ...work.scope,
    created: after.created,
    limit: size,
    position: after.position,
    until,
  });
}

interface After extends Scope, Place {
  readonly until: number;
  readonly limit: number;
}

const afterQueries = new Map<Table, Query<After, Named>>();

function afterQuery(table: Table): Query<After, Named> {
  let query = afterQueries.get(table);
  if (query === undefined) {
    const columns = table === events ? "object_kind, object_id, id" : "id";
    query = defineQuery<After, Named>(
      [table],
      (param) => `select ${columns}, created, position from "${table.name}"
        where account_id = ${param("accountId")} and livemode = ${param("livemode")}
          and (created, position) > (${param("created")}, ${param("position")})
          and created < ${param("until")}
        order by created, position limit ${param("limit")} + 0`,
    );
    afterQueries.set(table, query);
  }
  return query;
}

const outdateDocuments = defineQuery<Scope, never>(
  [searchDocuments],
  (param) => `update search_documents set edition = 0, version = version + 1
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}`,
);

const forgetReaders = defineQuery<Scope, never>(
  [searchProgress],
  (param) => `delete from search_progress
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}`,
);

const slowestReader = defineQuery<Scope, { readonly created: number | null }>(
  [searchProgress],
  (param) => `select min(created) as created from search_progress
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and reader like 'events after %'`,
);
