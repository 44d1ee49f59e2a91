/**
 * Lists: newest first, stable under inserts, in one account and mode, the same rows from either end.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Database } from "../database.ts";
import { type PageRequest, selectPage } from "../page.ts";
import { enginesOn, type OpenEngine } from "./engines.ts";
import { account, counters, entries, entryRow } from "./tables.ts";

/** 20 rows, four to a second, so that position decides within one. */
const rows = Array.from({ length: 20 }, (_, index) =>
  entryRow(`row ${String(index).padStart(2, "0")}`, {
    created: 1000 + Math.floor(index / 4),
    owner: index % 2 === 0 ? "even" : "odd",
    position: 500 + index,
  }),
);
const newestFirst = rows.toReversed();
const ids = (list: readonly { readonly id: string }[]): string[] => list.map((row) => row.id);

const all: PageRequest = { accountId: account, direction: "older", limit: 100, livemode: false };

describe.each(enginesOn(inject("postgresUrl")))("a list on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
    await database.transact(async (tx) => {
      for (const row of rows) tx.insert(entries, row);
      tx.insert(entries, entryRow("live", { livemode: true }));
      tx.insert(entries, entryRow("foreign", { account_id: "acct_other" }));
    });
  });
  afterAll(() => opened.release());

  const page = (request: Partial<PageRequest>) =>
    selectPage(database.committed, entries, { ...all, ...request });

  test("holds the rows of one account and mode, newest first", async () => {
    expect(await page({})).toEqual({ hasMore: false, rows: newestFirst });
  });

  test("walks from the newest to the oldest and back over the same rows", async () => {
    const older: string[] = [];
    let cursor: PageRequest["cursor"];
    let more = true;
    while (more) {
      const { rows: part, hasMore } = await page({ cursor, limit: 7 });
      older.push(...ids(part));
      cursor = part.at(-1)?.id;
      more = hasMore;
    }
    expect(older).toEqual(ids(newestFirst));

    const newer: string[] = [];
    cursor = rows[0]?.id;
    more = true;
    while (more) {
      const { rows: part, hasMore } = await page({ cursor, direction: "newer", limit: 7 });
      newer.unshift(...ids(part));
      cursor = part[0]?.id;
      more = hasMore;
    }
    expect(newer).toEqual(ids(newestFirst).slice(0, -1));
  });

  test("knows that there is no more when the last page is exactly full", async () => {
    expect(await page({ limit: 20 })).toMatchObject({ hasMore: false });
    expect(await page({ limit: 19 })).toMatchObject({ hasMore: true });
  });

  test("filters by equality and ignores filters that are not set", async () => {
    const { rows: odd } = await page({ filters: { amount: undefined, owner: "odd" } });
    expect(ids(odd)).toEqual(ids(newestFirst.filter((row) => row.owner === "odd")));
  });

  test("filters by several values, and holds nothing for none", async () => {
    const among = async (...owners: string[]) =>
      ids((await page({ filters: { livemode: false, owner: { in: owners } } })).rows);
    expect(await among("odd", "even", "nobody's")).toEqual(ids(newestFirst));
    expect(await among("odd")).toEqual(ids(newestFirst.filter((row) => row.owner === "odd")));
    expect(await among()).toEqual([]);
  });

  test("holds each row once and in order where values are looked for one by one", async () => {
    const owner = { in: ["odd", "even", "odd", "nobody's"] };
    const { hasMore, rows: first } = await page({ filters: { owner }, limit: 7 });
    expect(ids(first)).toEqual(ids(newestFirst.slice(0, 7)));
    expect(hasMore).toBe(true);
    const cursor = first.at(-1)?.id;
    const { rows: rest } = await page({ created: { gte: 1001 }, cursor, filters: { owner } });
    expect(ids(rest)).toEqual(ids(newestFirst.slice(7, 16)));
    const { rows: newer } = await page({
      cursor,
      direction: "newer",
      filters: { owner },
      limit: 3,
    });
    expect(ids(newer)).toEqual(ids(newestFirst.slice(3, 6)));
  });

  test("bounds the creation time, each bound by itself, together, and as one second", async () => {
    const within = async (created: PageRequest["created"]) => ids((await page({ created })).rows);
    const where = (holds: (created: number) => boolean) =>
      ids(newestFirst.filter((row) => holds(row.created)));
    expect(await within({ gt: 1002 })).toEqual(where((created) => created > 1002));
    expect(await within({ gte: 1002 })).toEqual(where((created) => created >= 1002));
    expect(await within({ lt: 1002 })).toEqual(where((created) => created < 1002));
    expect(await within({ lte: 1002 })).toEqual(where((created) => created <= 1002));
    expect(await within({ gt: 1000, lte: 1003 })).toEqual(where((c) => c > 1000 && c <= 1003));
    expect(await within(1001)).toEqual(where((created) => created === 1001));
  });

  test("does not shift when rows are added at its head", async () => {
    const { rows: first } = await page({ limit: 5 });
    await database.transact(async (tx) => {
      tx.insert(entries, entryRow("newest", { created: 2000, position: 9999 }));
    });
    const { rows: second } = await page({ cursor: first.at(-1)?.id, limit: 5 });
    expect(ids(second)).toEqual(ids(newestFirst).slice(5, 10));
  });

  test("refuses a filter on a column that the table does not have", async () => {
    await expect(page({ filters: { 'owner" or 1=1 --': "x" } })).rejects.toThrow(/no such column/);
    await expect(
      selectPage(database.committed, counters, { ...all, filters: { owner: "x" } }),
    ).rejects.toThrow(/no such column/);
  });
});
