/**
 * Many clients at once: no lost update, no dirty read, no rule over a set broken, and one body's failure is its own.
 * SQLite is serial by construction; PostgreSQL shows whether the code is.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ContentionError, type Database } from "../database.ts";
import { enginesOn, type OpenEngine } from "./engines.ts";
import {
  account,
  counterRow,
  counters,
  entries,
  entriesOf,
  entryRow,
  key,
  members,
  totalsOf,
} from "./tables.ts";

describe.each(enginesOn(inject("postgresUrl")))("concurrent transactions on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.release());

  const increment = (id: string): Promise<number> =>
    database.transact(async (tx) => {
      const row = (await tx.get(counters, key(id))) ?? expect.fail();
      return tx.update(counters, row, { amount: row.amount + 1 }).amount;
    });

  test("100 increments of one row lose none: winners count exactly, losers are told", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("shared")));
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => increment("shared")),
    );
    const won = results.filter((result) => result.status === "fulfilled");
    const lost = results.filter((result) => result.status === "rejected");
    for (const { reason } of lost) expect(reason).toBeInstanceOf(ContentionError);
    const row = await database.committed.get(counters, key("shared"));
    expect(row).toMatchObject({ amount: won.length, version: won.length + 1 });
    expect(won.length).toBeGreaterThan(0);
    // Every winner saw a value of its own.
    expect(new Set(won.map((result) => result.value)).size).toBe(won.length);
    if (database.dialect === "sqlite") expect(won.length).toBe(100);
  });

  test("a few rivals for one row all get through, by running again", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("rivals")));
    for (let round = 0; round < 10; round++) {
      await Promise.all([increment("rivals"), increment("rivals"), increment("rivals")]);
    }
    expect(await database.committed.get(counters, key("rivals"))).toMatchObject({ amount: 30 });
  });

  test("a body runs again on the stored row when the one it was given is out of date", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("rerun")));
    const outdated = (await database.committed.get(counters, key("rerun"))) ?? expect.fail();
    await increment("rerun");
    let runCount = 0;
    const amount = await database.transact(async (tx) => {
      runCount++;
      const row =
        runCount === 1 ? outdated : ((await tx.get(counters, key("rerun"))) ?? expect.fail());
      return tx.update(counters, row, { amount: row.amount + 10 }).amount;
    });
    expect({ amount, runCount }).toEqual({ amount: 11, runCount: 2 });
  });

  test("a body that never sees the stored row gives up after five runs", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("hopeless")));
    const outdated = { ...counterRow("hopeless"), version: 99 };
    let runCount = 0;
    const update = database.transact(async (tx) => {
      runCount++;
      tx.insert(entries, entryRow(`hopeless ${runCount}`, { owner: "hopeless" }));
      tx.update(counters, outdated, { amount: 1 });
    });
    await expect(update).rejects.toThrow(ContentionError);
    expect(runCount).toBe(5);
    const remove = database.transact(async (tx) => tx.remove(counters, outdated));
    await expect(remove).rejects.toThrow(ContentionError);
    const params = { accountId: account, owner: "hopeless" };
    expect(await database.committed.select(entriesOf, params)).toEqual([]);
    expect(await database.committed.get(counters, key("hopeless"))).toEqual(counterRow("hopeless"));
  });

  test("bodies that fail leave the others of their group whole", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        database.transact(async (tx) => {
          tx.insert(entries, entryRow(`group ${index}`, { owner: "group" }));
          tx.insert(members, { ...key(`group ${index}`), email: `${index}@group`, version: 1 });
          // Bodies interleave as far as the engine lets them.
          await tx.get(counters, key("shared"));
          await tx.select(totalsOf, { accountId: account, owner: "group" });
          if (index % 4 === 1) throw new Error("this one fails");
          if (index % 4 === 2) {
            tx.insert(members, { ...key(`clash ${index}`), email: `${index}@group`, version: 1 });
          }
        }),
      ),
    );
    const kept = results.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
    expect(kept).toEqual(
      Array.from({ length: 40 }, (_, index) => index).filter((i) => i % 4 === 0 || i % 4 === 3),
    );
    const rows = await database.committed.select(entriesOf, { accountId: account, owner: "group" });
    expect(new Set(rows.map((row) => row.id))).toEqual(
      new Set(kept.map((index) => `group ${index}`)),
    );
    for (let index = 0; index < 40; index++) {
      const member = await database.committed.get(members, key(`group ${index}`));
      expect(member !== undefined).toBe(kept.includes(index));
    }
  });

  test("money moved between rows is never seen half-moved", async () => {
    const ids = ["purse 1", "purse 2"] as const;
    await database.transact(async (tx) => {
      for (const [index, id] of ids.entries()) {
        tx.insert(entries, entryRow(id, { amount: 100, owner: "purse", position: index }));
      }
    });
    let isMoving = true;
    const sums = new Set<number>();
    const watch = async (): Promise<void> => {
      while (isMoving) {
        const params = { accountId: account, owner: "purse" };
        const [totals] = await database.committed.select(totalsOf, params);
        sums.add(totals?.total ?? Number.NaN);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const move = async (index: number): Promise<void> => {
      await database.transact(async (tx) => {
        await tx.lock("purse");
        const from = (await tx.get(entries, key(ids[index % 2] ?? ids[0]))) ?? expect.fail();
        const to = (await tx.get(entries, key(ids[(index + 1) % 2] ?? ids[1]))) ?? expect.fail();
        tx.remove(entries, from);
        tx.remove(entries, to);
        await tx.select(entriesOf, { accountId: account, owner: "purse" });
        tx.insert(entries, { ...from, amount: from.amount - 1 });
        tx.insert(entries, { ...to, amount: to.amount + 1 });
      });
    };
    const watchers = [watch(), watch()];
    await Promise.all(Array.from({ length: 30 }, (_, index) => move(index)));
    isMoving = false;
    await Promise.all(watchers);
    expect([...sums]).toEqual([200]);
  });

  test("a named lock keeps a rule over a set: ten of a hundred get the ten places", async () => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        database.transact(async (tx) => {
          await tx.lock("places");
          const taken = await tx.select(entriesOf, { accountId: account, owner: "places" });
          if (taken.length >= 10) return false;
          tx.insert(entries, entryRow(`place ${index}`, { owner: "places" }));
          return true;
        }),
      ),
    );
    expect(results.filter(Boolean)).toHaveLength(10);
    const params = { accountId: account, owner: "places" };
    expect(await database.committed.select(totalsOf, params)).toMatchObject([{ count: 10 }]);
  });

  test("a lock shows what was committed while it was waited for, even of rows read before", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("locked")));
    let runCount = 0;
    const seen = await Promise.all(
      Array.from({ length: 8 }, () =>
        database.transact(async (tx) => {
          runCount++;
          await tx.get(counters, key("locked"));
          await tx.lock("locked");
          const row = (await tx.get(counters, key("locked"))) ?? expect.fail();
          return tx.update(counters, row, { amount: row.amount + 1 }).amount;
        }),
      ),
    );
    expect(seen.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    // None met an outdated row, so none had to run again.
    expect(runCount).toBe(8);
  });

  test("transactions that change the same rows in opposite orders all end", async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `order ${index}`);
    await database.transact(async (tx) => {
      for (const id of ids) tx.insert(counters, counterRow(id));
    });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        database.transact(async (tx) => {
          for (const id of index % 2 === 0 ? ids : ids.toReversed()) {
            const row = (await tx.get(counters, key(id))) ?? expect.fail();
            tx.update(counters, row, { amount: row.amount + 1 });
          }
        }),
      ),
    );
    const wonCount = results.filter(({ status }) => status === "fulfilled").length;
    for (const id of ids) {
      expect(await database.committed.get(counters, key(id))).toMatchObject({ amount: wonCount });
    }
  });

  test("the same key inserted by many is stored once, and the others are told", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        database.transact(async (tx) => {
          if ((await tx.get(counters, key("claimed"))) !== undefined) return "taken";
          tx.insert(counters, counterRow("claimed", index));
          return "mine";
        }),
      ),
    );
    const mine = results.filter((each) => each.status === "fulfilled" && each.value === "mine");
    expect(mine).toHaveLength(1);
    for (const each of results) {
      if (each.status === "rejected")
        expect(each.reason).toMatchObject({ name: "UniqueViolation" });
    }
  });
});
