/**
 * The promises of a transaction by itself: whole or not at all, its own view, merged writes, and no call after its end.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Database, type Transaction, UniqueViolation } from "../database.ts";
import { defineQuery } from "../query.ts";
import { enginesOn, type OpenEngine } from "./engines.ts";
import {
  account,
  counterRow,
  counters,
  doubleEntriesOf,
  entries,
  entriesOf,
  entryRow,
  key,
  members,
  totalsOf,
} from "./tables.ts";

const nonsense = defineQuery<object, never>([], () => "delete from nowhere");

describe.each(enginesOn(inject("postgresUrl")))("a transaction on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.release());

  test("answers with the body's result, and its rows are there", async () => {
    const result = await database.transact(async (tx) => {
      tx.insert(counters, counterRow("plain", 7));
      return "done";
    });
    expect(result).toBe("done");
    expect(await database.committed.get(counters, key("plain"))).toEqual(counterRow("plain", 7));
  });

  test("keeps nothing when the body throws, and rejects with what it threw", async () => {
    const failure = new Error("refused");
    const promise = database.transact(async (tx) => {
      tx.insert(counters, counterRow("thrown"));
      // The select forces the insert into the database before the failure.
      tx.insert(entries, entryRow("thrown", { owner: "thrown" }));
      await tx.select(entriesOf, { accountId: account, owner: "thrown" });
      throw failure;
    });
    await expect(promise).rejects.toBe(failure);
    expect(await database.committed.get(counters, key("thrown"))).toBeUndefined();
    expect(await database.committed.get(entries, key("thrown"))).toBeUndefined();
  });

  test("sees its own inserts, updates and removals by key and in selects", async () => {
    await database.transact(async (tx) => {
      tx.insert(entries, entryRow("own_1", { amount: 5, owner: "own" }));
      expect(await tx.get(entries, key("own_1"))).toMatchObject({ amount: 5 });
      const selected = await tx.select(entriesOf, { accountId: account, owner: "own" });
      expect(selected).toEqual([entryRow("own_1", { amount: 5, owner: "own" })]);

      tx.insert(counters, counterRow("own", 1));
      const row = await tx.get(counters, key("own"));
      const changed = tx.update(counters, row ?? expect.fail(), { amount: 2 });
      expect(changed).toEqual({ ...counterRow("own", 2), version: 2 });
      expect(await tx.get(counters, key("own"))).toEqual(changed);
      tx.remove(counters, changed);
      expect(await tx.get(counters, key("own"))).toBeUndefined();
    });
    expect(await database.committed.get(counters, key("own"))).toBeUndefined();
  });

  test("hands out the same row again until it changes it", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("again", 1)));
    await database.transact(async (tx) => {
      const first = await tx.get(counters, key("again"));
      expect(await tx.get(counters, key("again"))).toBe(first);
    });
  });

  test("stores the same whether or not it was flushed between two changes of a row", async () => {
    const change = (id: string, isFlushed: boolean) => async (tx: Transaction) => {
      const flush = async (): Promise<void> => {
        if (isFlushed) await tx.execute(doubleEntriesOf, { accountId: account, owner: "none" });
      };
      const first = counterRow(id, 1);
      tx.insert(counters, first);
      await flush();
      const second = tx.update(counters, first, { amount: 2 });
      await flush();
      return tx.update(counters, second, { amount: 3 });
    };
    await database.transact(change("merged", false));
    await database.transact(change("flushed", true));
    const merged = await database.committed.get(counters, key("merged"));
    const flushed = await database.committed.get(counters, key("flushed"));
    expect(merged).toEqual({ ...counterRow("merged", 3), version: 3 });
    expect({ ...flushed, id: "merged" }).toEqual(merged);
  });

  test("can replace a row, and free a unique value for another", async () => {
    const ada = { ...key("ada"), email: "a@example.com", version: 1 };
    await database.transact(async (tx) => tx.insert(members, ada));
    await database.transact(async (tx) => {
      tx.remove(members, ada);
      tx.insert(members, { ...ada, email: "b@example.com", version: 9 });
    });
    expect(await database.committed.get(members, key("ada"))).toEqual({
      ...ada,
      email: "b@example.com",
      version: 9,
    });
    await database.transact(async (tx) => {
      tx.insert(members, { ...key("bob"), email: "b@example.com", version: 1 });
      tx.remove(members, { ...ada, version: 9 });
    });
    expect(await database.committed.get(members, key("ada"))).toBeUndefined();
    expect(await database.committed.get(members, key("bob"))).toBeDefined();
  });

  test("is refused whole when an insert meets an existing row or unique value", async () => {
    const member = { ...key("first"), email: "first@example.com", version: 1 };
    await database.transact(async (tx) => tx.insert(members, member));
    for (const clash of [member, { ...member, id: "second" }]) {
      const promise = database.transact(async (tx) => {
        tx.insert(counters, counterRow("beside a clash"));
        tx.insert(members, clash);
      });
      await expect(promise).rejects.toThrow(UniqueViolation);
      await expect(promise).rejects.toMatchObject({ table: "members" });
    }
    expect(await database.committed.get(counters, key("beside a clash"))).toBeUndefined();
    expect(await database.committed.get(members, key("second"))).toBeUndefined();
  });

  test("is refused when it inserts a row that it has read, even if the body goes on", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("twice")));
    const promise = database.transact(async (tx) => {
      await tx.get(counters, key("twice"));
      tx.insert(counters, counterRow("twice", 5));
      return "unaware";
    });
    await expect(promise).rejects.toThrow(UniqueViolation);
  });

  test("cannot be saved by a body that swallows a failed flush", async () => {
    await database.transact(async (tx) => tx.insert(entries, entryRow("swallow")));
    const promise = database.transact(async (tx) => {
      tx.insert(counters, counterRow("swallowed"));
      tx.insert(entries, entryRow("swallow"));
      await tx.select(entriesOf, { accountId: account, owner: "x" }).catch(() => undefined);
      return "unaware";
    });
    await expect(promise).rejects.toThrow(UniqueViolation);
    expect(await database.committed.get(counters, key("swallowed"))).toBeUndefined();
  });

  test("cannot be saved by a body that swallows a failed statement", async () => {
    const promise = database.transact(async (tx) => {
      tx.insert(counters, counterRow("beside a failure"));
      await tx.execute(nonsense, {}).catch(() => undefined);
      tx.insert(counters, counterRow("after a failure"));
      return "unaware";
    });
    await expect(promise).rejects.toThrow(/nowhere/);
    expect(await database.committed.get(counters, key("beside a failure"))).toBeUndefined();
    expect(await database.committed.get(counters, key("after a failure"))).toBeUndefined();
  });

  test("may ask for several things at once, with and without a lock", async () => {
    const warnings: string[] = [];
    const note = (warning: Error): unknown => warnings.push(warning.message);
    process.on("warning", note);
    await database.transact(async (tx) => {
      tx.insert(entries, entryRow("at once", { owner: "at once" }));
      const params = { accountId: account, owner: "at once" };
      const results = await Promise.all([
        tx.select(entriesOf, params),
        tx.lock("at once"),
        tx.select(totalsOf, params),
        tx.get(entries, key("at once")),
        tx.execute(doubleEntriesOf, params),
      ]);
      expect(results[0]).toHaveLength(1);
      expect(results[2]).toMatchObject([{ count: 1 }]);
      expect(results[4]).toBe(1);
      const sums = await Promise.all(Array.from({ length: 6 }, () => tx.select(totalsOf, params)));
      expect(sums).toEqual(Array.from({ length: 6 }, () => [{ count: 1, total: 2 }]));
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  test("changes sets of rows and says how many, its own included", async () => {
    const sums = await database.transact(async (tx) => {
      tx.insert(entries, entryRow("set_1", { amount: 2, owner: "set" }));
      tx.insert(entries, entryRow("set_2", { amount: 3, owner: "set" }));
      const params = { accountId: account, owner: "set" };
      expect(await tx.get(entries, key("set_1"))).toMatchObject({ amount: 2 });
      expect(await tx.execute(doubleEntriesOf, params)).toBe(2);
      expect(await tx.get(entries, key("set_1"))).toMatchObject({ amount: 4 });
      return tx.select(totalsOf, params);
    });
    expect(sums).toEqual([{ count: 2, total: 10 }]);
  });

  test("takes no call after its end", async () => {
    let kept: Transaction | undefined;
    await database.transact(async (tx) => {
      kept = tx;
    });
    const ended = /has ended/;
    expect(() => kept?.insert(counters, counterRow("late"))).toThrow(ended);
    expect(() => kept?.update(counters, counterRow("late"), { amount: 1 })).toThrow(ended);
    expect(() => kept?.remove(counters, counterRow("late"))).toThrow(ended);
    await expect(kept?.get(counters, key("late"))).rejects.toThrow(ended);
    await expect(kept?.lock("late")).rejects.toThrow(ended);
    await expect(kept?.select(entriesOf, { accountId: account, owner: "late" })).rejects.toThrow(
      ended,
    );
  });

  test("refuses what would make an update unsafe: a key, a version, a table without one", async () => {
    const change = (work: (tx: Transaction) => void) => database.transact(async (tx) => work(tx));
    const row = counterRow("unsafe");
    await expect(change((tx) => tx.update(counters, row, { id: "other" }))).rejects.toThrow(
      /neither the key nor the version/,
    );
    await expect(change((tx) => tx.update(counters, row, { version: 9 }))).rejects.toThrow(
      /neither the key nor the version/,
    );
    await expect(
      change((tx) => tx.update(entries, entryRow("unsafe"), { amount: 9 })),
    ).rejects.toThrow(/has no version/);
  });

  test("refuses to build on a row that it has changed already", async () => {
    const promise = database.transact(async (tx) => {
      const row = counterRow("stale");
      tx.insert(counters, row);
      tx.update(counters, row, { amount: 1 });
      tx.update(counters, row, { amount: 2 });
    });
    await expect(promise).rejects.toThrow(/stale row of counters/);
  });
});
