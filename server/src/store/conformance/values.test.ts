/**
 * What goes in comes out: every kind of column at its edges, the same on every engine, through each way to read.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Database, StorageError } from "../database.ts";
import { columnsOf, defineQuery } from "../query.ts";
import { enginesOn, type OpenEngine } from "./engines.ts";
import { account, key, type SampleRow, samples } from "./tables.ts";

const plain: SampleRow = {
  ...key("plain"),
  blob: new Uint8Array([1]),
  blob_or_null: null,
  document: {},
  document_or_null: null,
  flag: false,
  flag_or_null: null,
  number: 0,
  number_or_null: null,
  version: 1,
  words: "",
  words_or_null: null,
};

const max = Number.MAX_SAFE_INTEGER;
const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);

const edges: Record<string, Partial<SampleRow>> = {
  "empty values": { blob: new Uint8Array(), document: "", words: "" },
  "full nullable columns": {
    blob_or_null: everyByte,
    document_or_null: [null],
    flag_or_null: false,
    number_or_null: 0,
    words_or_null: "",
  },
  "long text": { words: "x".repeat(100_000) },
  "the largest integers": { number: max, number_or_null: -max },
  "text of every plane": { words: "a\n\t'\"\\ ñ 漢字 👩‍👩‍👧 \u{10FFFF} $1 ?" },
  true: { flag: true, flag_or_null: true },
};

const documents = [null, true, 0, "text", "a\u0000b", [], [1, [2]], { a: { b: "👩" } }];

const byWords = defineQuery<{ accountId: string; words: string }, SampleRow>(
  [samples],
  (param) => `select ${columnsOf(samples)} from samples
    where account_id = ${param("accountId")} and words = ${param("words")}`,
);

const byFlag = defineQuery<{ flag: boolean; id: string }, { id: string; flag: boolean }>(
  [samples],
  (param) => `select id, flag from samples where flag = ${param("flag")} and id = ${param("id")}`,
);

describe.each(enginesOn(inject("postgresUrl")))("values on $name", (engine) => {
  let opened: OpenEngine;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.release());

  const stored = async (row: SampleRow): Promise<SampleRow | undefined> => {
    await database.transact(async (tx) => tx.insert(samples, row));
    return database.committed.get(samples, key(row.id));
  };

  test.each(Object.entries(edges))("%s come back as they went in", async (id, changes) => {
    const row = { ...plain, ...changes, id };
    expect(await stored(row)).toEqual(row);
  });

  test.each(documents.map((document, index) => [JSON.stringify(document), index] as const))(
    "the document %s comes back as it went in",
    async (_, index) => {
      const row = { ...plain, document: documents[index], id: `document ${index}` };
      expect(await stored(row)).toEqual(row);
    },
  );

  test("a select decodes as a get does, and binds every kind of parameter", async () => {
    const row = { ...plain, flag: true, id: "selected", words: "to select" };
    await stored(row);
    const params = { accountId: account, words: "to select" };
    expect(await database.committed.select(byWords, params)).toEqual([row]);
    expect(await database.committed.select(byFlag, { flag: true, id: "selected" })).toEqual([
      { flag: true, id: "selected" },
    ]);
    expect(await database.committed.select(byFlag, { flag: false, id: "selected" })).toEqual([]);
  });

  test("updates store every kind too", async () => {
    const row = { ...plain, id: "updated" };
    await stored(row);
    const changes = { blob: everyByte, document: [1], flag: true, number: -max, words: "new" };
    await database.transact(async (tx) => {
      tx.update(samples, (await tx.get(samples, key("updated"))) ?? expect.fail(), changes);
    });
    expect(await database.committed.get(samples, key("updated"))).toEqual({
      ...row,
      ...changes,
      version: 2,
    });
  });

  test.each<[string, Partial<Record<keyof SampleRow, unknown>>]>([
    ["NUL in text", { words: "a\u0000b" }],
    ["a lone surrogate", { words: "\ud800" }],
    ["a fraction", { number: 1.5 }],
    ["an integer of 2^53", { number: max + 1 }],
    ["not a number", { number: Number.NaN }],
    ["a number as text", { words: 1 }],
    ["text as a boolean", { flag: "true" }],
    ["null where it is not allowed", { words: null }],
    ["a missing value", { number_or_null: undefined }],
  ])("%s is refused and nothing is stored", async (id, changes) => {
    await expect(stored({ ...plain, id, ...changes } as SampleRow)).rejects.toThrow(
      /^The value for samples\.\w+ is not /,
    );
    expect(await database.committed.get(samples, key(id))).toBeUndefined();
  });

  test("keys and query parameters that no column holds are refused as bugs, not as storage failures", async () => {
    const message = /^The (value for|query parameter) \S+ is /;
    for (const id of ["a\u0000b", 1 as never, undefined as never]) {
      const get = database.committed.get(samples, key(id));
      await expect(get).rejects.toThrow(message);
      await expect(get).rejects.not.toThrow(StorageError);
      const select = database.committed.select(byWords, { accountId: account, words: id });
      if (typeof id !== "number") await expect(select).rejects.toThrow(message);
      await select.catch(() => undefined);
      const transaction = database.transact((tx) => tx.get(samples, key(id)));
      await expect(transaction).rejects.toThrow(message);
    }
  });

  test("a refused value is not quoted in the error", async () => {
    const promise = stored({ ...plain, id: "quoted", words: "private\u0000words" });
    await expect(promise).rejects.toThrow(expect.not.stringContaining("private") as never);
  });
});
