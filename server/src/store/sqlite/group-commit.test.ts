/**
 * What only the engine with one shared commit has to promise: bodies that wait for the outside are stopped, readers
 * never see what is not on disk, and failures of the disk are the whole group's.
 */
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enginesOn, type OpenEngine } from "../conformance/engines.ts";
import {
  account,
  conformanceMigrations,
  counterRow,
  counters,
  entries,
  entriesOf,
  entryRow,
  key,
  samples,
  visits,
} from "../conformance/tables.ts";
import { type Database, StorageError, type Transaction, UniqueViolation } from "../database.ts";
import { defineQuery } from "../query.ts";

const sqliteEngines = enginesOn("").filter((engine) => engine.name !== "PostgreSQL");

const sampleRow = (id: string, size: number) => ({
  ...key(id),
  blob: new Uint8Array(size).fill(7),
  blob_or_null: null,
  document: null,
  document_or_null: null,
  flag: true,
  flag_or_null: null,
  number: 1,
  number_or_null: null,
  version: 1,
  words: "",
  words_or_null: null,
});

describe.each(sqliteEngines)("the group commit of $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.release());

  test("stops a body that waits for anything but its transaction, and undoes it alone", async () => {
    let late: Transaction | undefined;
    const waiting = database.transact(async (tx) => {
      tx.insert(counters, counterRow("waiting"));
      tx.insert(entries, entryRow("waiting", { owner: "waiting" }));
      await tx.select(entriesOf, { accountId: account, owner: "waiting" });
      await setTimeout(5);
      late = tx;
      tx.insert(counters, counterRow("after waiting"));
    });
    const others = Array.from({ length: 5 }, (_, index) =>
      database.transact(async (tx) => tx.insert(counters, counterRow(`beside ${index}`))),
    );
    await expect(waiting).rejects.toThrow(/waited for something other than its transaction/);
    await Promise.all(others);
    await setTimeout(20);
    expect(late).toBeDefined();
    expect(await database.committed.get(counters, key("waiting"))).toBeUndefined();
    expect(await database.committed.get(entries, key("waiting"))).toBeUndefined();
    expect(await database.committed.get(counters, key("after waiting"))).toBeUndefined();
    for (let index = 0; index < 5; index++) {
      expect(await database.committed.get(counters, key(`beside ${index}`))).toBeDefined();
    }
  });

  test("stops a body that never ends", async () => {
    const endless = database.transact(() => new Promise<never>(() => {}));
    await expect(endless).rejects.toThrow(/waited for something other than its transaction/);
    expect(await database.transact(async () => "next")).toBe("next");
  });

  test("stops a body that reads outside its transaction what it is writing", async () => {
    const row = counterRow("outside");
    const result = await database
      .transact(async (tx) => {
        tx.insert(counters, row);
        await tx.execute(setPageLimit(2 ** 30), {});
        return database.committed.get(counters, key("outside"));
      })
      .catch((error: unknown) => error);
    // With a connection of its own the reader answers, from what is committed; sharing one, it waits in vain.
    if (result instanceof Error) expect(result.message).toMatch(/waited for something other/);
    else expect(result).toBeUndefined();
  });

  test("runs bodies one after another, in the order of arrival", async () => {
    const order: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map((name) =>
        database.transact(async (tx) => {
          order.push(`${name} begins`);
          await tx.get(counters, key(name));
          await tx.select(entriesOf, { accountId: account, owner: name });
          order.push(`${name} ends`);
        }),
      ),
    );
    expect(order.join(", ")).toBe("a begins, a ends, b begins, b ends, c begins, c ends");
  });

  test("keeps nothing of a body that fails after its first write, and every other once", async () => {
    await database.transact(async (tx) => tx.insert(entries, entryRow("taken", {})));
    let runCount = 0;
    const increment = () =>
      database.transact(async (tx) => {
        runCount++;
        const counter = await tx.get(counters, key("spoilt"));
        if (counter === undefined) tx.insert(counters, counterRow("spoilt", 1));
        else tx.update(counters, counter, { amount: counter.amount + 1 });
      });
    const before = Array.from({ length: 10 }, increment);
    // The first of its rows goes in, the second is there already.
    const failing = database.transact(async (tx) => {
      tx.insert(counters, counterRow("half"));
      tx.insert(entries, entryRow("taken", {}));
    });
    const after = Array.from({ length: 10 }, increment);
    await expect(failing).rejects.toThrow(UniqueViolation);
    await Promise.all([...before, ...after]);
    expect(await database.committed.get(counters, key("half"))).toBeUndefined();
    expect((await database.committed.get(counters, key("spoilt")))?.amount).toBe(20);
    // Some were run again, and it shows nowhere but here.
    expect(runCount).toBeGreaterThan(20);
    for (let round = 0; round < 100; round++) await increment();
    expect((await database.committed.get(counters, key("spoilt")))?.amount).toBe(120);
  });

  test("lets a body read what the bodies before it wrote, though nobody but their group can", async () => {
    const seen = Array.from({ length: 5 }, (_, index) =>
      database.transact(async (tx) => {
        const before = await tx.select(entriesOf, { accountId: account, owner: "in turn" });
        tx.insert(entries, entryRow(`in turn ${index}`, { owner: "in turn" }));
        return before.length;
      }),
    );
    expect(await Promise.all(seen)).toEqual([0, 1, 2, 3, 4]);
  });

  test("refuses a kept key that the group has taken without running any body again", async () => {
    let runCount = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, amount) =>
        database.transact(async (tx) => {
          runCount++;
          tx.insert(visits, { ...key("in one group"), amount, version: 1 });
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      ...Array.from({ length: 9 }, () => "rejected"),
    ]);
    expect((await database.committed.get(visits, key("in one group")))?.amount).toBe(0);
    expect(runCount).toBe(10);
  });

  test("gives a kept key to a body after one of its group that frees it", async () => {
    const visit = { ...key("freed in one group"), amount: 1, version: 1 };
    await database.transact(async (tx) => tx.insert(visits, visit));
    await Promise.all([
      database.transact(async (tx) => tx.remove(visits, visit)),
      database.transact(async (tx) => tx.insert(visits, { ...visit, amount: 2 })),
    ]);
    expect((await database.committed.get(visits, key("freed in one group")))?.amount).toBe(2);
  });

  test("shows a row to readers no earlier than its transaction is answered", async () => {
    for (let round = 0; round < 5; round++) {
      const id = `unsynced ${round}`;
      let isAnswered = false;
      const answer = database
        .transact(async (tx) => tx.insert(samples, sampleRow(id, 4_000_000)))
        .then(() => {
          isAnswered = true;
        });
      let pollCount = 0;
      for (let isVisible = false; !isVisible; pollCount++) {
        isVisible = (await database.committed.get(samples, key(id))) !== undefined;
        if (isVisible) expect(isAnswered).toBe(true);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(pollCount).toBeGreaterThan(1);
      await answer;
    }
  });

  test("tells the whole group when the disk is full, keeps nothing of it, and recovers", async () => {
    await database.transact(async (tx) => {
      tx.insert(counters, counterRow("before full"));
      await tx.execute(setPageLimit(1), {});
    });
    const full = await Promise.allSettled([
      database.transact(async (tx) => tx.insert(counters, counterRow("in a full group"))),
      database.transact(async (tx) => tx.insert(samples, sampleRow("too large", 1_000_000))),
    ]);
    expect(full[1]).toMatchObject({ reason: expect.any(StorageError), status: "rejected" });
    const isKept = full[0].status === "fulfilled";
    const inGroup = await database.committed.get(counters, key("in a full group"));
    expect(inGroup !== undefined).toBe(isKept);
    expect(await database.committed.get(samples, key("too large"))).toBeUndefined();

    await database.transact(async (tx) => {
      await tx.execute(setPageLimit(2 ** 30), {});
    });
    await database.transact(async (tx) => tx.insert(samples, sampleRow("too large", 1_000_000)));
    expect(await database.committed.get(samples, key("too large"))).toBeDefined();
    expect(await database.committed.get(counters, key("before full"))).toBeDefined();
  });

  test("refuses work after it was closed, and answers what came before", async () => {
    const other = await engine.open({ migrations: conformanceMigrations });
    const before = other.database.transact(async (tx) => tx.insert(counters, counterRow("last")));
    await other.database.close();
    await expect(before).resolves.toBeUndefined();
    await expect(other.database.transact(async () => 1)).rejects.toThrow(/has been closed/);
    await expect(other.database.committed.get(counters, key("last"))).rejects.toThrow(/closed/);
    await other.release();
  });
});

/** SQLite's own way to have a small disk. */
const setPageLimit = (count: number) =>
  defineQuery<object, never>([], () => `pragma max_page_count = ${count}`);
