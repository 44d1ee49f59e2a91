/**
 * Named locks under many callers: turns in order, none lost, none in a circle, and waiting for a lock is not losing.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Database, Transaction } from "../database.ts";
import { enginesOn, type OpenEngine } from "./engines.ts";
import { account, counterRow, counters, entries, entriesOf, entryRow, key } from "./tables.ts";

describe.each(enginesOn(inject("postgresUrl")))("named locks on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.release());

  const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const add = async (tx: Transaction, id: string): Promise<number> => {
    const row = (await tx.get(counters, key(id))) ?? expect.fail();
    return tx.update(counters, row, { amount: row.amount + 1 }).amount;
  };
  const make = (...ids: readonly string[]): Promise<void> =>
    database.transact(async (tx) => {
      for (const id of ids) tx.insert(counters, counterRow(id));
    });

  test("600 that want one lock at once all get it, in the order in which they came", async () => {
    await make("queue");
    let runCount = 0;
    const seen = await many(600, () =>
      database.transact(async (tx) => {
        runCount++;
        await tx.lock("queue");
        return add(tx, "queue");
      }),
    );
    expect(seen).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    expect(runCount).toBe(600);
  });

  test("what waits for one lock holds up neither reads nor transactions that want another", async () => {
    await make("busy", "other");
    const order: string[] = [];
    const busy = many(300, () =>
      database.transact(async (tx) => {
        await tx.lock("busy");
        return add(tx, "busy");
      }),
    ).then(() => order.push("busy"));
    const other = database
      .transact(async (tx) => {
        await tx.lock("other");
        return add(tx, "other");
      })
      .then(() => database.committed.get(counters, key("other")))
      .then((row) => order.push(`other ${row?.amount}`));
    await Promise.all([busy, other]);
    if (database.dialect === "postgres") expect(order).toEqual(["other 1", "busy"]);
    expect(await database.committed.get(counters, key("busy"))).toMatchObject({ amount: 300 });
  });

  test("two locks taken in opposite orders end well for all, and nobody runs out of runs", async () => {
    await make("left", "right");
    await many(60, (index) =>
      database.transact(async (tx) => {
        const names = index % 2 === 0 ? ["left", "right"] : ["right", "left"];
        for (const name of names) {
          await tx.lock(name);
          await add(tx, name);
        }
      }),
    );
    for (const id of ["left", "right"]) {
      expect(await database.committed.get(counters, key(id))).toMatchObject({ amount: 60 });
    }
  });

  test("a lock that is asked for after something was written is had all the same, and nothing is written twice", async () => {
    await make("late");
    await many(40, (index) =>
      database.transact(async (tx) => {
        tx.insert(entries, entryRow(`late ${index}`, { owner: "late" }));
        // A transaction that has read its own writes holds a connection.
        await tx.select(entriesOf, { accountId: account, owner: "late" });
        await tx.lock("late");
        await add(tx, "late");
      }),
    );
    const params = { accountId: account, owner: "late" };
    expect(await database.committed.select(entriesOf, params)).toHaveLength(40);
    expect(await database.committed.get(counters, key("late"))).toMatchObject({ amount: 40 });
  });

  test("a body that fails in its turn leaves the lock to the next", async () => {
    await make("failing");
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        database.transact(async (tx) => {
          await tx.lock("failing");
          const amount = await add(tx, "failing");
          if (index % 2 === 0) throw new Error("this one fails");
          return amount;
        }),
      ),
    );
    const amounts = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(amounts).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});
