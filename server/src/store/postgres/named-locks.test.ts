/**
 * Named locks as PostgreSQL sees them: one request of a process for each name, a bounded wait, and several processes
 * that take turns.
 */
import pg from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { createDatabase } from "../../../../tests/support/postgres.ts";
import { openAt } from "../conformance/engines.ts";
import { conformanceMigrations, counterRow, counters, key } from "../conformance/tables.ts";
import { ContentionError, type Database } from "../database.ts";
import { openPostgres } from "./open.ts";
import { lockNumber } from "./session.ts";

let url: string;
let database: Database;
/** Somebody else's session. */
let stranger: pg.Client;
const opened: Database[] = [];

beforeEach(async () => {
  url = await createDatabase(inject("postgresUrl"));
  database = await open();
  stranger = new pg.Client({ connectionString: url });
  await stranger.connect();
  await database.transact(async (tx) => tx.insert(counters, counterRow("shared")));
});
afterEach(async () => {
  await stranger.end();
  for (const each of opened.splice(0)) await each.close();
});

async function open(lockTimeoutMs = 10_000): Promise<Database> {
  const migrations = conformanceMigrations;
  const each = await openPostgres({ lockTimeoutMs, migrations, onEvents: async () => {}, url });
  opened.push(each);
  return each;
}

const add = (on: Database): Promise<number> =>
  on.transact(async (tx) => {
    await tx.lock("shared");
    const row = (await tx.get(counters, key("shared"))) ?? expect.fail();
    return tx.update(counters, row, { amount: row.amount + 1 }).amount;
  });

const holdLock = () => stranger.query(`select pg_advisory_lock(${lockNumber("shared")})`);
const letGo = () => stranger.query(`select pg_advisory_unlock(${lockNumber("shared")})`);
/** Of this database only: other tests use the server at the same time. */
const waiting = `from pg_locks where locktype = 'advisory' and not granted
  and database = (select oid from pg_database where datname = current_database())`;
const waitingCount = async (): Promise<number> => {
  const { rows } = await stranger.query(`select count(*)::int as count ${waiting}`);
  return rows[0]?.count;
};

test("of a hundred that wait for a lock of somebody else one has a connection, and reads go on", async () => {
  await holdLock();
  const all = Promise.all(Array.from({ length: 100 }, () => add(database)));
  await expect.poll(waitingCount).toBe(1);
  const reads = Array.from({ length: 50 }, () => database.committed.get(counters, key("shared")));
  for (const row of await Promise.all(reads)) expect(row).toMatchObject({ amount: 0 });
  expect(await waitingCount()).toBe(1);
  await letGo();
  expect(await all).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

test("a lock that does not come in time is a ContentionError for each that waits, and free for the next", async () => {
  const impatient = await open(200);
  await holdLock();
  const results = await Promise.allSettled(Array.from({ length: 30 }, () => add(impatient)));
  for (const result of results) {
    expect(result).toMatchObject({ reason: expect.any(ContentionError), status: "rejected" });
  }
  await letGo();
  expect(await add(impatient)).toBe(1);
});

test("two servers of one database take turns, and neither loses an update", async () => {
  const other = await openAt(url);
  opened.push(other);
  const amounts = await Promise.all(
    Array.from({ length: 100 }, (_, index) => add(index % 2 === 0 ? database : other)),
  );
  expect(amounts.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
});

test("a connection that is lost while its transaction has the lock leaves the lock to the next", async () => {
  await holdLock();
  const all = Promise.allSettled(Array.from({ length: 10 }, () => add(database)));
  await expect.poll(waitingCount).toBe(1);
  await stranger.query(`select pg_terminate_backend(pid) ${waiting}`);
  await letGo();
  const results = await all;
  expect(results.map(({ status }) => status)).toEqual([
    "rejected",
    ...Array.from({ length: 9 }, () => "fulfilled"),
  ]);
});
