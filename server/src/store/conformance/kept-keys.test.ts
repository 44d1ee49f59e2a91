/**
 * Tables whose keys the embedded engine keeps in memory behave as any other: one row a key, whatever was undone,
 * restarted or deleted in between.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Database, UniqueViolation } from "../database.ts";
import { defineQuery } from "../query.ts";
import { enginesOn, lastingEnginesOn, type OpenEngine, openAt } from "./engines.ts";
import { account, key, visits } from "./tables.ts";

const visit = (id: string, amount = 0) => ({ account_id: account, amount, id, version: 1 });

const deleteAll = defineQuery<{ accountId: string }, never>(
  [visits],
  (param) => `delete from visits where account_id = ${param("accountId")}`,
);

describe.each(enginesOn(inject("postgresUrl")))("a kept key on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.release());

  const insert = (id: string, amount = 0) =>
    database.transact(async (tx) => tx.insert(visits, visit(id, amount)));
  const stored = (id: string) => database.committed.get(visits, key(id));

  test("finds its row, in the transaction and after it, and no other", async () => {
    await database.transact(async (tx) => {
      tx.insert(visits, visit("found", 7));
      expect(await tx.get(visits, key("found"))).toEqual(visit("found", 7));
    });
    expect(await stored("found")).toEqual(visit("found", 7));
    expect(await stored("never written")).toBeUndefined();
    expect(
      await database.committed.get(visits, { account_id: "acct_other", id: "found" }),
    ).toBeUndefined();
  });

  test("is given once: a second row of it is refused and the first stays as it was", async () => {
    await insert("taken", 1);
    await expect(insert("taken", 2)).rejects.toBeInstanceOf(UniqueViolation);
    expect(await stored("taken")).toEqual(visit("taken", 1));
  });

  test("is given to one of many that race for it", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => insert("raced", index)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(UniqueViolation);
    }
  });

  test("is free again when its transaction is undone", async () => {
    const undone = database.transact(async (tx) => {
      tx.insert(visits, visit("undone", 1));
      throw new Error("refused");
    });
    await expect(undone).rejects.toThrow("refused");
    // An undone row leaves its place to the next one, which is not to be taken for it.
    await insert("in its place", 5);
    expect(await stored("undone")).toBeUndefined();
    await insert("undone", 2);
    expect(await stored("undone")).toEqual(visit("undone", 2));
    expect(await stored("in its place")).toEqual(visit("in its place", 5));
  });

  test("leads to the row that is changed and removed, under compare-and-swap", async () => {
    await insert("changed", 1);
    const before = await stored("changed");
    if (before === undefined) throw new Error("the row is gone");
    await database.transact(async (tx) => tx.update(visits, before, { amount: 2 }));
    expect(await stored("changed")).toEqual({ ...visit("changed", 2), version: 2 });
    const stale = database.transact(async (tx) => tx.update(visits, before, { amount: 3 }));
    await expect(stale).rejects.toThrow();
    await database.transact(async (tx) => {
      const row = await tx.get(visits, key("changed"));
      if (row !== undefined) tx.remove(visits, row);
    });
    expect(await stored("changed")).toBeUndefined();
    await insert("changed", 9);
    expect(await stored("changed")).toEqual(visit("changed", 9));
  });

  test("is free again when a statement deleted its row", async () => {
    await insert("swept", 1);
    await database.transact((tx) => tx.execute(deleteAll, { accountId: account }));
    expect(await stored("swept")).toBeUndefined();
    await insert("another", 3);
    await insert("swept", 2);
    expect(await stored("swept")).toEqual(visit("swept", 2));
  });
});

describe.each(lastingEnginesOn(inject("postgresUrl")))("a kept key on $name", (engine) => {
  test("is still taken after a restart", async () => {
    const { database, location, release } = await engine.open();
    await database.transact(async (tx) => tx.insert(visits, visit("kept", 4)));
    await database.close();
    const again = await openAt(location);
    await expect(
      again.transact(async (tx) => tx.insert(visits, visit("kept", 5))),
    ).rejects.toBeInstanceOf(UniqueViolation);
    expect(await again.committed.get(visits, key("kept"))).toEqual(visit("kept", 4));
    await again.close();
    await release();
  });
});
