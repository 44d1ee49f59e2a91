/**
 * Emitted events become rows of the transaction that emitted them: they commit with it, or never were.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { EmittedEvent } from "../../core/events.ts";
import type { Database, EventHook } from "../database.ts";
import { enginesOn, type OpenEngine } from "./engines.ts";
import { account, counterRow, counters, entries, entriesOf, entryRow, key } from "./tables.ts";

const eventOf = (id: string): EmittedEvent => ({
  accountId: account,
  created: 1_700_000_000,
  id: `evt_${id}`,
  livemode: false,
  object: { id, kind: "charge", values: [] },
  request: { id: null, idempotencyKey: null },
  type: "charge.succeeded",
});

describe.each(enginesOn(inject("postgresUrl")))("events on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  let failure: Error | undefined;
  const onEvents: EventHook = async (tx, events) => {
    for (const { object } of events) {
      const counter = await tx.get(counters, key(object.id));
      tx.insert(
        entries,
        entryRow(`event ${object.id}`, { amount: counter?.amount ?? -1, owner: "events" }),
      );
    }
    if (failure !== undefined) throw failure;
  };
  beforeAll(async () => {
    opened = await engine.open({ onEvents });
    database = opened.database;
  });
  beforeEach(() => {
    failure = undefined;
  });
  afterAll(() => opened.release());

  const emitted = () =>
    database.committed.select(entriesOf, { accountId: account, owner: "events" });

  test("the hook's rows are committed with the transaction, and it sees the transaction's rows", async () => {
    await database.transact(async (tx) => {
      tx.insert(counters, counterRow("kept", 42));
      tx.emit(eventOf("kept"));
    });
    expect(await emitted()).toMatchObject([{ amount: 42, id: "event kept" }]);
  });

  test("an emitted event is found by the very values that it holds, and by no others", async () => {
    await database.transact(async (tx) => {
      const event = eventOf("found");
      expect(tx.emittedWith(event.object.values)).toBeUndefined();
      tx.emit(event);
      expect(tx.emittedWith(event.object.values)).toBe(event);
      expect(tx.emittedWith([...event.object.values])).toBeUndefined();
    });
  });

  test("what is told after the commit is told once, when it can be read, before the caller hears", async () => {
    const heard: string[] = [];
    let runCount = 0;
    let found: Promise<unknown> | undefined;
    await database.transact(async (tx) => {
      runCount += 1;
      tx.insert(entries, entryRow("told", { amount: 1, owner: "told" }));
      tx.afterCommit(() => {
        heard.push("commit");
        found = database.committed.get(entries, key("told"));
      });
    });
    heard.push("caller");
    expect([heard, runCount]).toEqual([["commit", "caller"], 1]);
    expect(await found).toBeDefined();
  });

  test("nothing is told of a transaction that failed, or of a run that was undone", async () => {
    const heard: string[] = [];
    const failing = database.transact(async (tx) => {
      tx.insert(entries, entryRow("untold", { amount: 1, owner: "told" }));
      tx.afterCommit(() => heard.push("failed"));
      throw new Error("refused");
    });
    await expect(failing).rejects.toThrow("refused");
    await database.transact(async (tx) => tx.insert(counters, counterRow("rivals", 0)));
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        database.transact(async (tx) => {
          const row = await tx.get(counters, key("rivals"));
          if (row === undefined) throw new Error("the counter is gone");
          tx.update(counters, row, { amount: row.amount + 1 });
          tx.afterCommit(() => heard.push(`rival ${index}`));
        }),
      ).map((rival) => rival.catch(() => undefined)),
    );
    const counter = await database.committed.get(counters, key("rivals"));
    expect(heard).toHaveLength(counter?.amount ?? -1);
    expect(new Set(heard).size).toBe(heard.length);
  });

  test("a transaction that fails after emitting leaves no event", async () => {
    const promise = database.transact(async (tx) => {
      tx.emit(eventOf("failed"));
      throw new Error("refused");
    });
    await expect(promise).rejects.toThrow("refused");
    expect(await database.committed.get(entries, key("event failed"))).toBeUndefined();
  });

  test("a failing hook takes the transaction with it", async () => {
    failure = new Error("no delivery");
    const promise = database.transact(async (tx) => {
      tx.insert(counters, counterRow("taken along"));
      tx.emit(eventOf("taken along"));
    });
    await expect(promise).rejects.toBe(failure);
    expect(await database.committed.get(counters, key("taken along"))).toBeUndefined();
    expect(await database.committed.get(entries, key("event taken along"))).toBeUndefined();
  });

  test("a body that runs again emits once", async () => {
    await database.transact(async (tx) => tx.insert(counters, counterRow("rerun")));
    let runCount = 0;
    await database.transact(async (tx) => {
      runCount++;
      const row = (await tx.get(counters, key("rerun"))) ?? expect.fail();
      const version = runCount === 1 ? 99 : row.version;
      tx.emit(eventOf("rerun"));
      tx.update(counters, { ...row, version }, { amount: 1 });
    });
    expect(runCount).toBe(2);
    const rows = await emitted();
    expect(rows.filter((row) => row.id === "event rerun")).toHaveLength(1);
  });
});
