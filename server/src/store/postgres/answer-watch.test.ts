/**
 * An answer that does not come is not waited for without end; one that came while this process stood still, as on a
 * machine that slept, is taken.
 */
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { createDatabase } from "../../../../tests/support/postgres.ts";
import { account, conformanceMigrations, counterRow, counters } from "../conformance/tables.ts";
import { type Database, StorageError } from "../database.ts";
import { defineQuery } from "../query.ts";
import { openPostgres } from "./open.ts";

const answerTimeoutMs = 2000;

const slowly = defineQuery<{ ms: number; account_id: string }, { readonly found: string }>(
  [counters],
  (
    param,
  ) => `select ${param("account_id")} as found from pg_sleep(cast(${param("ms")} as integer) / 1000.0)
    where ${param("account_id")} = ${param("account_id")}`,
);

let database: Database;
beforeEach(async () => {
  database = await openPostgres({
    answerTimeoutMs,
    migrations: conformanceMigrations,
    onEvents: async () => {},
    url: await createDatabase(inject("postgresUrl")),
  });
});
afterEach(() => database.close());

const ask = (ms: number) => database.committed.select(slowly, { account_id: account, ms });

/** Keeps this process from doing anything, as a signal or a sleeping machine would. */
const standStill = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test("what came while the process stood still for longer than it waits is taken", async () => {
  await ask(0);
  const read = ask(300);
  const written = database.transact(async (tx) => {
    tx.insert(counters, counterRow("slept", 1));
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  // From here the loop goes on with what is overdue on its clock, and only then reads sockets.
  await new Promise((resolve) => setImmediate(resolve));
  standStill(answerTimeoutMs * 2);
  expect(await read).toHaveLength(1);
  await written;
});

test("where none comes, the statement fails in time and the next one goes over another connection", async () => {
  const startedMs = performance.now();
  const error: unknown = await ask(20_000).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(StorageError);
  expect((error as StorageError).message).toMatch(/no answer/);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(answerTimeoutMs * 0.9);
  expect(performance.now() - startedMs).toBeLessThan(answerTimeoutMs * 3);
  expect(await ask(0)).toHaveLength(1);
});
