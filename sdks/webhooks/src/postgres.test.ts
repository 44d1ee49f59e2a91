/**
 * What only PostgreSQL can do to an inbox: two processes that take in the same instant, connections that break in the
 * middle of a transaction, a role that may not create tables.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import { createDatabase } from "../../../tests/support/postgres.ts";
import {
  makeArrival,
  makeEvent,
  secret,
  signed,
} from "../../../tests/webhook-receivers/typescript/support/events.ts";
import { postgresInbox, postgresInboxTable } from "./postgres.ts";
import { createReceiver } from "./receiver.ts";

let pool: pg.Pool;

beforeEach(async () => {
  pool = new pg.Pool({ connectionString: await createDatabase(inject("postgresUrl")), max: 6 });
  await pool.query("create table effects (name text not null)");
});
afterEach(() => pool.end());

const effects = async (): Promise<unknown[]> =>
  (await pool.query<{ name: string }>("select name from effects")).rows.map(({ name }) => name);

test("two processes that take two events of one object in the same instant: the second is refused", async () => {
  const inbox = postgresInbox(pool);
  await inbox.prepare();
  await inbox.add(makeArrival({ created: 2, id: "evt_later", object: "ch_1" }));
  const client = await pool.connect();
  await client.query("begin");
  // A process whose claim is not committed yet. All it needs of a pool is `query`.
  const first = await postgresInbox(client as unknown as pg.Pool).claim(1, 60_000);
  expect(first).toMatchObject([{ eventId: "evt_later" }]);
  await inbox.add(makeArrival({ created: 1, id: "evt_earlier", object: "ch_1" }));
  const second = inbox.claim(1, 60_000);
  await sleep(100);
  await client.query("commit");
  client.release();
  expect(await second).toEqual([]);
  for (const leased of first) await inbox.finish(leased);
  // The refused transaction lets go of the row a moment after it has said so.
  await vi.waitFor(async () =>
    expect(await inbox.claim(1, 60_000)).toMatchObject([{ eventId: "evt_earlier" }]),
  );
});

test("a connection that breaks inside the transaction undoes the effect, and the next attempt has it once", async () => {
  pool.on("error", () => undefined);
  const receiver = createReceiver({
    inbox: postgresInbox(pool),
    onProblem: () => undefined,
    retryDelayMs: () => 0,
    secret,
  }).inTransaction("*", async (event, { attempt, transaction }) => {
    transaction.on("error", () => undefined);
    await transaction.query("insert into effects values ($1)", [event.id]);
    if (attempt === 1) await transaction.query("select pg_terminate_backend(pg_backend_pid())");
  });
  const { body, headers } = signed(makeEvent({ id: "evt_1" }));
  await receiver.receive(body, headers);
  await receiver.drain();
  expect(await effects()).toEqual(["evt_1"]);
});

test("a handler that was given up cannot reach into anybody else's transaction", async () => {
  let late: Promise<unknown> = Promise.resolve();
  const receiver = createReceiver({
    attemptsMax: 1,
    inbox: postgresInbox(pool),
    onProblem: () => undefined,
    secret,
    timeoutMs: 50,
  }).inTransaction("*", async (_event, { transaction }) => {
    await transaction.query("insert into effects values ('early')");
    late = sleep(150).then(() => transaction.query("insert into effects values ('late')"));
    late.catch(() => undefined);
    await late;
  });
  const { body, headers } = signed(makeEvent());
  await receiver.receive(body, headers);
  await receiver.drain();
  expect(await receiver.deadLetters()).toHaveLength(1);
  await expect(late).rejects.toThrow();
  expect(await effects()).toEqual([]);
});

test("a role that may not create tables can use one that a migration made", async () => {
  await pool.query(postgresInboxTable());
  const role = `plain_${Math.trunc(performance.now() * 1_000)}`;
  await pool.query(`create role ${role}; revoke create on schema public from public`);
  await pool.query(`grant select, insert, update, delete on istripe_webhook_inbox to ${role}`);
  const client = await pool.connect();
  await client.query(`set role ${role}`);
  const inbox = postgresInbox(client as unknown as pg.Pool);
  await inbox.prepare();
  expect(await inbox.add(makeArrival())).toBe(true);
  expect(await inbox.claim(1, 60_000)).toHaveLength(1);
  client.release(true);
});
