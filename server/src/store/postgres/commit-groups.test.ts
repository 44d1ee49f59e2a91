/**
 * Transactions that go out together: what one of them meets is its own affair, the others are kept; whoever is told that
 * it is kept finds it; and nobody waits long for what another has to wait for.
 */
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { createDatabase } from "../../../../tests/support/postgres.ts";
import { openAt } from "../conformance/engines.ts";
import {
  type CounterRow,
  counterRow,
  counters,
  key,
  members,
  type SampleRow,
  samples,
} from "../conformance/tables.ts";
import { type Database, UniqueViolation } from "../database.ts";
import { outcomeUnknown } from "./errors.ts";
import { openWire, type Wire } from "./test-wire.ts";

let url: string;
let wire: Wire;
let database: Database;
let direct: Database;
beforeEach(async () => {
  url = await createDatabase(inject("postgresUrl"));
  direct = await openAt(url);
  wire = await openWire(new URL(url));
  database = await openAt(wire.url);
});
afterEach(async () => {
  await database.close();
  await direct.close();
  await wire.close();
});

const numbers = Array.from({ length: 30 }, (_, number) => number);
const insert = (id: string, on = database): Promise<void> =>
  on.transact(async (tx) => tx.insert(counters, counterRow(id)));
/** @param isNew whether the row is made where there is none. */
const add = (id: string, isNew = false): Promise<CounterRow> =>
  database.transact(async (tx) => {
    const row = await tx.get(counters, key(id));
    if (row === undefined) {
      expect(isNew).toBe(true);
      const made = counterRow(id, 1);
      tx.insert(counters, made);
      return made;
    }
    return tx.update(counters, row, { amount: row.amount + 1 });
  });
const stored = (id: string) => direct.committed.get(counters, key(id));

async function requestsFor<T>(work: () => Promise<T>): Promise<number> {
  const before = wire.requestCount;
  await work();
  return wire.requestCount - before;
}

/** A value of every kind, each now and then null, and none easy to quote. */
function rowOf(number: number): SampleRow {
  const nullEvery = <T>(count: number, value: T): T | null => (number % count === 0 ? null : value);
  return {
    ...key(`sample ${number}`),
    blob: Uint8Array.from({ length: number }, (_, at) => 255 - at),
    blob_or_null: nullEvery(2, new Uint8Array([0, 92, 34])),
    document: { nested: [null, 1.5, "é💳"], text: `"quoted" \\ {${number}}` },
    document_or_null: nullEvery(3, []),
    flag: number % 2 === 0,
    flag_or_null: nullEvery(3, false),
    number: (number % 2 === 0 ? 1 : -1) * (Number.MAX_SAFE_INTEGER - number),
    number_or_null: nullEvery(4, Number.MIN_SAFE_INTEGER),
    version: 1,
    words: `NULL, {"${number}"} \n \\`,
    words_or_null: nullEvery(5, ""),
  };
}

describe("at the same moment", () => {
  test("thirty inserts are one statement, thirty rows read are one, thirty changes are another", async () => {
    await insert("opens the connections");
    const inserting = () => Promise.all(numbers.map((number) => insert(`row ${number}`)));
    // The first statement of a connection may be preceded by the making of it, which is not counted.
    expect(await requestsFor(inserting)).toBe(1);
    const reading = () =>
      Promise.all(numbers.map((number) => database.committed.get(counters, key(`row ${number}`))));
    expect(await requestsFor(reading)).toBe(1);
    const changing = () => Promise.all(numbers.map((number) => add(`row ${number}`)));
    expect(await requestsFor(changing)).toBe(2);
    for (const number of numbers) {
      expect(await stored(`row ${number}`)).toEqual({
        ...counterRow(`row ${number}`, 1),
        version: 2,
      });
    }
  });

  test("rows are found by their keys, and no table is read whole, also when a plan is older than its rows", async () => {
    for (let round = 0; round < 8; round++) {
      await Promise.all(numbers.map((number) => add(`row ${round} ${number}`, true)));
      await Promise.all(numbers.map((number) => add(`row ${round} ${number}`)));
    }
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const scans = async () => {
      const { rows } = await client.query<{ by_index: string; whole: string }>(
        `select idx_scan as by_index, seq_scan as whole from pg_stat_user_tables
          where relname = 'counters'`,
      );
      return { byIndex: Number(rows[0]?.by_index), whole: Number(rows[0]?.whole) };
    };
    // Connections tell of their scans when they end. Twice a row was looked for, and once changed.
    await database.close();
    const expected = numbers.length * 8 * 3;
    await expect
      .poll(async () => (await scans()).byIndex, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(expected);
    // When its key was made.
    expect((await scans()).whole).toBe(1);
    await client.end();
  });

  test("rows that are not there are told apart from those that are, and one asked for twice is told twice", async () => {
    await insert("here");
    const asked = ["missing", "here", "gone", "here"];
    const found = await Promise.all(asked.map((id) => database.committed.get(counters, key(id))));
    expect(found.map((row) => row?.id)).toEqual([undefined, "here", undefined, "here"]);
  });

  test("values of every kind are stored as they are, changed and removed", async () => {
    await Promise.all(
      numbers.map((number) => database.transact(async (tx) => tx.insert(samples, rowOf(number)))),
    );
    const read = (number: number) => direct.committed.get(samples, key(`sample ${number}`));
    for (const number of numbers) expect(await read(number)).toEqual(rowOf(number));
    // Half of them get the next one's values, the others go.
    await Promise.all(
      numbers.map((number) =>
        database.transact(async (tx) => {
          const row = (await tx.get(samples, key(`sample ${number}`))) ?? expect.fail();
          const { account_id: _, id: __, version: ___, ...values } = rowOf(number + 1);
          if (number % 2 === 0) tx.update(samples, row, values);
          else tx.remove(samples, row);
        }),
      ),
    );
    for (const number of numbers) {
      const changed = { ...rowOf(number + 1), ...key(`sample ${number}`), version: 2 };
      expect(await read(number)).toEqual(number % 2 === 0 ? changed : undefined);
    }
  });
});

describe("one of many", () => {
  test("that meets a row or a unique value which is taken is told, and the others are kept", async () => {
    await insert("row 7");
    const member = (id: string, email: string) =>
      database.transact(async (tx) => tx.insert(members, { ...key(id), email, version: 1 }));
    const outcomes = await Promise.allSettled([
      ...numbers.map((number) => insert(`row ${number}`)),
      member("one", "a@example.com"),
      member("two", "a@example.com"),
    ]);
    const failed = outcomes.flatMap((each, at) => (each.status === "rejected" ? [at] : []));
    expect(failed).toHaveLength(2);
    expect(failed[0]).toBe(7);
    for (const at of failed)
      expect(outcomes[at]).toMatchObject({ reason: expect.any(UniqueViolation) });
    for (const number of numbers) expect(await stored(`row ${number}`)).toBeDefined();
    const kept = [];
    for (const id of ["one", "two"]) kept.push(await direct.committed.get(members, key(id)));
    expect(kept.filter((row) => row !== undefined)).toHaveLength(1);
  });

  test("that read a row which was changed since runs again, and the others are kept", async () => {
    for (const id of ["changing", "quiet"]) await insert(id);
    let runs = 0;
    const late = database.transact(async (tx) => {
      const row = (await tx.get(counters, key("changing"))) ?? expect.fail();
      runs += 1;
      if (runs === 1)
        await direct.transact(async (other) => {
          const theirs = (await other.get(counters, key("changing"))) ?? expect.fail();
          other.update(counters, theirs, { amount: 10 });
        });
      return tx.update(counters, row, { amount: row.amount + 1 }).amount;
    });
    const [amount] = await Promise.all([
      late,
      add("quiet"),
      ...numbers.map((number) => insert(`row ${number}`)),
    ]);
    expect([amount, runs]).toEqual([11, 2]);
    expect((await stored("quiet"))?.amount).toBe(1);
    for (const number of numbers) expect(await stored(`row ${number}`)).toBeDefined();
  });

  test("whose body gave a value that no column holds is told alone", async () => {
    const wrong = database.transact(async (tx) => tx.insert(counters, counterRow("wrong", 1.5)));
    const outcomes = await Promise.allSettled([
      wrong,
      ...numbers.map((number) => insert(`row ${number}`)),
    ]);
    expect(outcomes.map(({ status }) => status === "rejected").indexOf(true)).toBe(0);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
  });

  test("that asks for a key which no column holds is told alone", async () => {
    await insert("here");
    const wrong = { ...key("here"), id: "no\u0000thing" };
    const outcomes = await Promise.allSettled(
      [wrong, key("here"), wrong, key("here")].map((each) =>
        database.committed.get(counters, each),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
  });

  test.each([0, 30])(
    "that must wait for somebody's lock waits alone, whether it comes alone or with %d others",
    async (count) => {
      await insert("held");
      const stranger = new pg.Client({ connectionString: url });
      await stranger.connect();
      try {
        await stranger.query("begin; select from counters where id = 'held' for update");
        let isHeldDone = false;
        const held = add("held").then(() => {
          isHeldDone = true;
        });
        await Promise.all(numbers.slice(0, count).map((number) => add(`row ${number}`, true)));
        const startedAt = performance.now();
        // Long enough for the group to have given up, and the one to wait by itself.
        await pause(500);
        for (const number of numbers) await insert(`later ${number}`);
        // The lock is waited for up to ten seconds.
        expect(performance.now() - startedAt).toBeLessThan(4000);
        expect(isHeldDone).toBe(false);
        await stranger.query("rollback");
        await held;
        expect((await stored("held"))?.amount).toBe(1);
      } finally {
        await stranger.end();
      }
    },
  );
});

test("rows of a table that is locked for a moment are waited for", async () => {
  await insert("row 0");
  const stranger = new pg.Client({ connectionString: url });
  await stranger.connect();
  try {
    await stranger.query("begin; lock table counters in access exclusive mode");
    const reads = numbers.map(() => database.committed.get(counters, key("row 0")));
    await pause(300);
    await stranger.query("rollback");
    for (const row of await Promise.all(reads)) expect(row?.id).toBe("row 0");
  } finally {
    await stranger.end();
  }
});

test("two that change one row both count, and none is lost among others that do", async () => {
  for (const id of ["a", "b"]) await insert(id);
  const changes = numbers
    .slice(0, 4)
    .flatMap((number) => [add("a"), add("b"), insert(`row ${number}`)]);
  await Promise.all(changes);
  expect([(await stored("a"))?.amount, (await stored("b"))?.amount]).toEqual([4, 4]);
});

test.each(["before", "after"] as const)(
  "a connection lost %s the server had them: each is told that it is not known, and all or none are kept",
  async (when) => {
    await insert("opens the connection");
    wire.breakAt = { text: "row 17", when };
    const outcomes = await Promise.allSettled(numbers.map((number) => insert(`row ${number}`)));
    wire.breakAt = undefined;
    for (const each of outcomes) {
      expect(each).toMatchObject({ reason: { message: outcomeUnknown }, status: "rejected" });
    }
    for (const number of numbers) {
      expect((await stored(`row ${number}`)) !== undefined).toBe(when === "after");
    }
    await insert("row 30");
    expect(await stored("row 30")).toBeDefined();
  },
);
