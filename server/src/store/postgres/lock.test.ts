/**
 * One server with a vault in its process per database; a lock that survives a broken session, and no stale one.
 */
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import { createDatabase } from "../../../../tests/support/postgres.ts";
import { lockDatabase } from "./lock.ts";

const never = (error: Error): void => {
  throw error;
};

/** Ends the sessions that hold advisory locks of the database, as a failover would. */
async function breakSessions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`);
  await client.end();
}

/** Other tests use the server at the same time, with databases of their own. */
const locksHere = `from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;

describe("the lock of a database", () => {
  test("is refused to a second server with one sentence, until the first lets go", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const lock = await lockDatabase({ onLost: never, url });
    await expect(lockDatabase({ onLost: never, url })).rejects.toThrow(
      /^Another iStripe uses this database/,
    );
    await lock.release();
    const next = await lockDatabase({ onLost: never, url });
    await next.release();
  });

  test("is taken again after its session broke", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const lock = await lockDatabase({ onLost: never, url });
    await breakSessions(url);
    await expect
      .poll(
        () =>
          lockDatabase({ onLost: never, url }).then(
            async (other) => {
              await other.release();
              return "free";
            },
            () => "taken",
          ),
        { timeout: 10_000 },
      )
      .toBe("taken");
    await lock.release();
  });

  test("reports its loss once when another server took it meanwhile", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const losses: Error[] = [];
    const lock = await lockDatabase({ onLost: (error) => losses.push(error), url });
    // Waits for the lock in the server, so it gets it before anyone who asks again.
    const rival = new pg.Client({ connectionString: url });
    await rival.connect();
    const key = await rival.query(
      `select classid::bigint << 32 | objid::bigint as number ${locksHere}`,
    );
    const numbers = key.rows.map((row: { number: string }) =>
      BigInt.asIntN(64, BigInt(row.number)),
    );
    const taken = Promise.all(
      numbers.map((number) => rival.query(`select pg_advisory_lock(${number})`)),
    );
    const killer = new pg.Client({ connectionString: url });
    await killer.connect();
    const waiting = () => killer.query(`select ${locksHere} and not granted`);
    await expect.poll(async () => (await waiting()).rowCount, { timeout: 10_000 }).toBe(1);
    await killer.query(`select pg_terminate_backend(pid) ${locksHere} and granted`);
    await killer.end();
    await taken;
    await expect.poll(() => losses.length, { timeout: 10_000 }).toBe(1);
    expect(losses[0]?.message).toMatch(/^Another iStripe uses this database/);
    await lock.release();
    await rival.end();
  });
});
