/**
 * The inbox on SQLite, through the application's own `node:sqlite` connection. The same table and the same rules as on
 * PostgreSQL; several processes may share the file. The connection has one transaction at a time, so whatever runs in
 * the inbox's must finish without awaiting, and nothing is called committed while the application's own is open.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { nowMs } from "./clock.ts";
import {
  errorLengthMax,
  type Inbox,
  type InboxOptions,
  type Lease,
  prunedRowsMax,
  tableNames,
} from "./inbox.ts";
import { deadLetter, leasedEvent } from "./inbox-rows.ts";

/** @param database opened with a `timeout` if other processes write to the file too, or they refuse each other. */
export function sqliteInbox(
  database: DatabaseSync,
  options: InboxOptions = {},
): Inbox<DatabaseSync> {
  const sql = statements(options);
  const prepared = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    refuseOpenTransaction(database);
    const found = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, found);
    return found;
  };
  const changes = (text: string, values: SQLInputValue[]): number =>
    Number(statement(text).run(...values).changes);
  return {
    add: async ({ eventId, eventType, objectKey, created, body, settleMs }) => {
      const now = nowMs();
      const behind = [objectKey, created];
      const values = [eventId, eventType, objectKey, created, body, now + settleMs, ...behind, now];
      return changes(sql.add, values) > 0;
    },
    claim: async (limit, leaseMs) => {
      const now = nowMs();
      return statement(sql.claim)
        .all(now + leaseMs, now, limit)
        .map(leasedEvent);
    },
    deadLetters: async (limit) => statement(sql.deadLetters).all(limit).map(deadLetter),
    discard: async (eventId) => changes(sql.discard, [nowMs(), eventId]) > 0,
    fail: async ({ eventId, fence }, { error, retryInMs }) => {
      const now = nowMs();
      const [status, finishedAt] = retryInMs === null ? ["dead", now] : ["pending", null];
      const text = error.slice(0, errorLengthMax);
      const due = now + Math.ceil(retryInMs ?? 0);
      const [fail, holdBack] = [statement(sql.fail), statement(sql.holdBack)];
      return inTransaction(database, () => {
        if (Number(fail.run(status, due, text, finishedAt, eventId, fence).changes) === 0)
          return false;
        if (retryInMs !== null) holdBack.run(due, eventId);
        return true;
      });
    },
    finish: async ({ eventId, fence }) => changes(sql.finish, [nowMs(), eventId, fence]) > 0,
    finishWith: async (lease, work) => {
      const finish = statement(sql.finish);
      return inTransaction(database, () => {
        refusePromise(work(database));
        return Number(finish.run(nowMs(), lease.eventId, lease.fence).changes) > 0;
      });
    },
    prepare: async () => {
      refuseOpenTransaction(database);
      inTransaction(database, () => {
        database.exec(sql.create);
        return true;
      });
    },
    prune: async (olderThanMs) => changes(sql.prune, [nowMs() - olderThanMs]),
    release: async (leases) => {
      for (const { eventId, fence } of leases) changes(sql.release, [nowMs(), eventId, fence]);
    },
    renew: async (leases, leaseMs) => {
      const due = nowMs() + leaseMs;
      const isHeld = ({ eventId, fence }: Lease) => changes(sql.renew, [due, eventId, fence]) > 0;
      return new Set(leases.filter(isHeld).map(({ eventId }) => eventId));
    },
    retry: async (eventId) => changes(sql.retry, [nowMs(), eventId]) > 0,
    transactions: "synchronous",
  };
}

/** The SQL that makes the table, for applications that keep every table in their own migrations. */
export function sqliteInboxTable(options: InboxOptions = {}): string {
  return statements(options).create;
}

/** Runs `work` between `begin` and `commit`; it is undone if it throws or answers `false`. */
function inTransaction(database: DatabaseSync, work: () => boolean): boolean {
  database.exec("begin immediate");
  try {
    const isDone = work();
    database.exec(isDone ? "commit" : "rollback");
    return isDone;
  } catch (error) {
    // SQLite ends the transaction itself after some errors, such as a full disk.
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

function refuseOpenTransaction(database: DatabaseSync): void {
  if (database.isTransaction)
    throw new Error(
      "The application has a transaction open on the inbox's SQLite connection, so nothing can be committed now. Give the inbox a connection of its own, or do not await inside transactions.",
    );
}

function refusePromise(result: unknown): void {
  if (!(result instanceof Promise)) return;
  // What it still does happens outside any transaction; its failure must not end the process as well.
  result.catch(() => undefined);
  throw new Error(
    "A handler inside SQLite's transaction must finish without awaiting: everything else on the connection would become part of its transaction.",
  );
}

/**
 * Times are epoch milliseconds. `due_at` says when a row may be taken: a waiting one at its next attempt, a running one
 * when its lease runs out, which only a crash or a stall lets happen. Whoever is running comes before whoever is earlier.
 * What waits behind a failed event is due no earlier than that one; `status in (…) and status = …` is what lets the
 * partial indexes be used.
 */
function statements(options: InboxOptions) {
  const { table, bare } = tableNames(options);
  const schema = table.includes(".") ? `${table.split(".")[0]}.` : "";
  const waiting = "status in ('pending', 'running') and status = 'pending'";
  const held = "event_id = ? and fence = ? and status = 'running'";
  return {
    add: `insert into ${table} (event_id, event_type, object_key, created, body, due_at, received_at)
      values (?, ?, ?, ?, ?, max(?, coalesce((select max(due_at) from ${table}
        where object_key = ? and ${waiting} and created <= ?), 0)), ?) on conflict (event_id) do nothing`,
    claim: `update ${table} set status = 'running', attempts = attempts + 1, fence = fence + 1, due_at = ?
      where arrival in (
        select arrival from ${table} t
        where status in ('pending', 'running') and due_at <= ? and (status = 'running' or not exists (
          select 1 from ${table} o
          where o.object_key = t.object_key and o.status in ('pending', 'running')
            and (o.status = 'running' or (o.created, o.arrival) < (t.created, t.arrival))))
        order by due_at, arrival limit ?)
      returning event_id, event_type, body, attempts, fence`,
    create: `create table if not exists ${table} (
        arrival integer primary key autoincrement,
        event_id text not null unique,
        event_type text not null,
        object_key text not null,
        created integer not null,
        body text not null,
        status text not null default 'pending' check (status in ('pending', 'running', 'done', 'dead', 'discarded')),
        due_at integer not null,
        attempts integer not null default 0,
        fence integer not null default 0,
        last_error text,
        received_at integer not null,
        finished_at integer
      ) strict;
      create index if not exists ${schema}${bare}_due on ${bare} (due_at, arrival) where status in ('pending', 'running');
      create index if not exists ${schema}${bare}_order on ${bare} (object_key, created, arrival) where status in ('pending', 'running');
      create unique index if not exists ${schema}${bare}_one_per_object on ${bare} (object_key) where status = 'running';
      create index if not exists ${schema}${bare}_dead on ${bare} (finished_at) where status = 'dead'`,
    deadLetters: `select event_id, event_type, object_key, body, attempts, last_error,
        received_at as received_at_ms, finished_at as died_at_ms
      from ${table} where status = 'dead' order by finished_at, arrival limit ?`,
    discard: `update ${table} set status = 'discarded', finished_at = ? where event_id = ? and status = 'dead'`,
    fail: `update ${table} set status = ?, due_at = ?, last_error = ?, finished_at = ? where ${held}`,
    finish: `update ${table} set status = 'done', finished_at = ? where ${held}`,
    holdBack: `update ${table} set due_at = max(due_at, ?) from (
        select object_key as about, created as at, arrival as number from ${table} where event_id = ?)
      where object_key = about and ${waiting} and (created, arrival) > (at, number)`,
    prune: `delete from ${table} where arrival in (
      select arrival from ${table} where status in ('done', 'discarded') and finished_at < ? order by arrival limit ${prunedRowsMax})`,
    release: `update ${table} set status = 'pending', attempts = attempts - 1, due_at = ? where ${held}`,
    renew: `update ${table} set due_at = ? where ${held}`,
    retry: `update ${table} set status = 'pending', attempts = 0, due_at = ?, finished_at = null
      where event_id = ? and status = 'dead'`,
  };
}
