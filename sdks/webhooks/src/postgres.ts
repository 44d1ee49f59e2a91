/**
 * The inbox on PostgreSQL, through the application's own `pg` pool, shared by any number of processes. That two events
 * of one object never run at the same time is a unique index, not a hope: of two processes that take them at the same
 * moment the second is refused by the database.
 */
import type { Pool, PoolClient } from "pg";
import {
  errorLengthMax,
  type Inbox,
  type InboxOptions,
  type Lease,
  type LeasedEvent,
  prunedRowsMax,
  tableNames,
} from "./inbox.ts";
import { deadLetter, leasedEvent, type Row } from "./inbox-rows.ts";

/** Another process took the same object, or the same rows in another order: take again, nothing is lost. */
const conflictCodes: readonly unknown[] = ["23505", "40001", "40P01"];

/**
 * @param pool a `pg` pool on the application's database. With `inTransaction` handlers it needs room for as many
 *   connections as the receiver's `concurrency`, and two more.
 */
export function postgresInbox(pool: Pool, options: InboxOptions = {}): Inbox<PoolClient> {
  const sql = statements(options);
  const changes = async (text: string, values: unknown[]): Promise<boolean> =>
    ((await pool.query(text, values)).rowCount ?? 0) > 0;
  return {
    add: ({ eventId, eventType, objectKey, created, body, settleMs }) =>
      changes(sql.add, [eventId, eventType, objectKey, created, body, settleMs]),
    claim: (limit, leaseMs) => claim(pool, sql.claim, [limit, leaseMs]),
    deadLetters: async (limit) =>
      (await pool.query<Row>(sql.deadLetters, [limit])).rows.map(deadLetter),
    discard: (eventId) => changes(sql.discard, [eventId]),
    fail: ({ eventId, fence }, { error, retryInMs }) =>
      changes(sql.fail, [eventId, fence, retryInMs, storable(error)]),
    finish: ({ eventId, fence }) => changes(sql.finish, [eventId, fence]),
    finishWith: (lease, work) => finishWith(pool, { lease, sql: sql.finish, work }),
    prepare: async () => {
      const found = await pool.query<Row>("select to_regclass($1) as name", [sql.table]);
      // Asked first, because a role that may not create tables may not even say `if not exists`.
      if (found.rows[0]?.["name"] === null) await pool.query(sql.create);
    },
    prune: async (olderThanMs) => (await pool.query(sql.prune, [olderThanMs])).rowCount ?? 0,
    release: async (leases) => {
      if (leases.length > 0) await pool.query(sql.release, columns(leases));
    },
    renew: async (leases, leaseMs) => {
      const renewed = await pool.query<Row>(sql.renew, [...columns(leases), leaseMs]);
      return new Set(renewed.rows.map((row) => String(row["event_id"])));
    },
    retry: (eventId) => changes(sql.retry, [eventId]),
    transactions: "asynchronous",
  };
}

/** The SQL that makes the table, for applications that keep every table in their own migrations. */
export function postgresInboxTable(options: InboxOptions = {}): string {
  return statements(options).create;
}

async function claim(pool: Pool, sql: string, values: unknown[]): Promise<LeasedEvent[]> {
  try {
    return (await pool.query<Row>(sql, values)).rows.map(leasedEvent);
  } catch (error) {
    if (error instanceof Error && "code" in error && conflictCodes.includes(error.code)) return [];
    throw error;
  }
}

interface Finishing {
  readonly lease: Lease;
  readonly sql: string;
  readonly work: (transaction: PoolClient) => Promise<void> | void;
}

/**
 * On any failure the connection is closed, which rolls back, and never goes back to the pool: a handler that was given
 * up, or that left queries running, must not reach into somebody else's transaction.
 */
async function finishWith(pool: Pool, { lease, sql, work }: Finishing): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await work(client);
    const { rowCount } = await client.query(sql, [lease.eventId, lease.fence]);
    if (rowCount !== 1) {
      client.release(true);
      return false;
    }
    await client.query("commit");
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
  return true;
}

/** PostgreSQL refuses the character NUL in text, and an error's message may hold anything. */
function storable(error: string): string {
  return error.replaceAll("\0", "").slice(0, errorLengthMax);
}

function columns(leases: readonly Lease[]): [string[], number[]] {
  return [leases.map(({ eventId }) => eventId), leases.map(({ fence }) => fence)];
}

/**
 * `due_at` says when a row may be taken: a waiting one at its next attempt, a running one when its lease runs out, which
 * only a crash or a stall lets happen. Whoever is running comes before whoever is earlier: it has begun. What waits
 * behind a failed event is due no earlier than that one, so that after an outage thousands of them are not looked at
 * each time; `status in (…) and status = …` is what lets the partial indexes be used.
 */
function statements(options: InboxOptions) {
  const { table, bare } = tableNames(options);
  const waiting = "status in ('pending', 'running') and status = 'pending'";
  const held = "event_id = $1 and fence = $2 and status = 'running'";
  const heldAll =
    "status = 'running' and (event_id, fence) in (select * from unnest($1::text[], $2::int[]))";
  return {
    // Behind an event that waits for its next attempt, due when that is: nobody need look at it before.
    add: `insert into ${table} (event_id, event_type, object_key, created, body, due_at)
      select $1, $2, $3, $4::bigint, $5, greatest(now() + $6 * interval '1 ms', (
        select max(due_at) from ${table} where object_key = $3 and ${waiting} and created <= $4::bigint))
      on conflict (event_id) do nothing`,
    claim: `with free as materialized (
        select arrival from ${table} t
        where status in ('pending', 'running') and due_at <= now() and (status = 'running' or not exists (
          select 1 from ${table} o
          where o.object_key = t.object_key and o.status in ('pending', 'running')
            and (o.status = 'running' or (o.created, o.arrival) < (t.created, t.arrival))))
        order by due_at, arrival limit $1 for update of t skip locked
      )
      update ${table} t set status = 'running', attempts = attempts + 1, fence = fence + 1,
        due_at = now() + $2 * interval '1 ms'
      from free where t.arrival = free.arrival
      returning t.event_id, t.event_type, t.body, t.attempts, t.fence`,
    // One statement text is one transaction; the lock keeps processes that start together from making it twice.
    create: `select pg_advisory_xact_lock(hashtext('${table}'));
      create table if not exists ${table} (
        arrival bigint generated always as identity primary key,
        event_id text not null unique,
        event_type text not null,
        object_key text not null,
        created bigint not null,
        body text not null,
        status text not null default 'pending' check (status in ('pending', 'running', 'done', 'dead', 'discarded')),
        due_at timestamptz not null,
        attempts int not null default 0,
        fence int not null default 0,
        last_error text,
        received_at timestamptz not null default now(),
        finished_at timestamptz
      );
      create index if not exists ${bare}_due on ${table} (due_at, arrival) where status in ('pending', 'running');
      create index if not exists ${bare}_order on ${table} (object_key, created, arrival) where status in ('pending', 'running');
      create unique index if not exists ${bare}_one_per_object on ${table} (object_key) where status = 'running';
      create index if not exists ${bare}_dead on ${table} (finished_at) where status = 'dead'`,
    deadLetters: `select event_id, event_type, object_key, body, attempts, last_error,
        (extract(epoch from received_at) * 1000)::bigint as received_at_ms,
        (extract(epoch from finished_at) * 1000)::bigint as died_at_ms
      from ${table} where status = 'dead' order by finished_at, arrival limit $1`,
    discard: `update ${table} set status = 'discarded', finished_at = now() where event_id = $1 and status = 'dead'`,
    fail: `with failed as (
        update ${table} set status = case when $3::float8 is null then 'dead' else 'pending' end,
          due_at = now() + coalesce($3::float8, 0) * interval '1 ms', last_error = $4,
          finished_at = case when $3::float8 is null then now() end
        where ${held} returning object_key, created, arrival, status, due_at
      ), held_back as (
        update ${table} t set due_at = greatest(t.due_at, f.due_at) from failed f
        where f.status = 'pending' and t.object_key = f.object_key and t.status in ('pending', 'running')
          and t.status = 'pending' and (t.created, t.arrival) > (f.created, f.arrival)
      )
      select 1 from failed`,
    finish: `update ${table} set status = 'done', finished_at = clock_timestamp() where ${held}`,
    prune: `delete from ${table} where arrival in (
      select arrival from ${table} where status in ('done', 'discarded') and finished_at < now() - $1 * interval '1 ms'
      order by arrival limit ${prunedRowsMax} for update skip locked)`,
    release: `update ${table} set status = 'pending', attempts = attempts - 1, due_at = now() where ${heldAll}`,
    renew: `update ${table} set due_at = now() + $3 * interval '1 ms' where ${heldAll} returning event_id`,
    retry: `update ${table} set status = 'pending', attempts = 0, due_at = now(), finished_at = null
      where event_id = $1 and status = 'dead'`,
    table,
  };
}
