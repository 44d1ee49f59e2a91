/**
 * Migrations run once each, in order, whole or not at all, and refuse a database that other code made.
 */
import { describe, expect, inject, test } from "vitest";
import { enginesOn, lastingEnginesOn, openAt } from "../conformance/engines.ts";
import {
  conformanceMigrations,
  conformanceTables,
  counterRow,
  counters,
  key,
} from "../conformance/tables.ts";
import { defineQuery } from "../query.ts";
import { defineTable, integer, nullable, text } from "../table.ts";
import { type Migration, readMigrations, sectionsFor } from "./migrate.ts";
import { schemaDifferences } from "./schema-check.ts";

const second: Migration = {
  name: "0002_more.sql",
  number: 2,
  sql: "alter table counters add column note text; create table more (account_id text not null, primary key (account_id));",
};
const broken: Migration = {
  name: "0002_broken.sql",
  number: 2,
  sql: "create table half (account_id text not null); insert into nowhere values (1);",
};
const withSecond = [...conformanceMigrations, second];
const countOfHalf = defineQuery<object, { count: number }>([], (_param, dialect) =>
  dialect === "sqlite"
    ? "select count(*) as count from sqlite_schema where name = 'half'"
    : "select count(*) as count from pg_class where relname = 'half'",
);

describe.each(enginesOn(inject("postgresUrl")))("the schema on $name", (engine) => {
  test("agrees with the declarations", async () => {
    const { database, release } = await engine.open();
    expect(await schemaDifferences(database, conformanceTables)).toEqual([]);
    await release();
  });

  test("is told apart from declarations that differ in name, order, kind, null or key", async () => {
    const { database, release } = await engine.open();
    const declared = { account_id: text, id: text, amount: integer, version: integer };
    const { version, amount, ...rest } = declared;
    const differing = [
      defineTable("nowhere", declared),
      defineTable("counters", { ...rest, sum: amount, version }),
      defineTable("counters", { ...rest, version, amount }),
      defineTable("counters", { ...declared, amount: text }),
      defineTable("counters", { ...declared, amount: nullable(integer) }),
      defineTable("counters", declared, { key: ["id", "account_id"] }),
    ];
    for (const table of differing) {
      expect(await schemaDifferences(database, [table])).toHaveLength(1);
    }
    await release();
  });

  test("is left as it was by a migration that fails half-way", async () => {
    await expect(engine.open({ migrations: [...conformanceMigrations, broken] })).rejects.toThrow(
      /^The migration 0002_broken\.sql failed: .*nowhere/,
    );
  });
});

describe.each(lastingEnginesOn(inject("postgresUrl")))("migrating on $name", (engine) => {
  test("keeps the rows, goes on where it stopped, and runs nothing twice", async () => {
    const { database, location, release } = await engine.open();
    await database.transact(async (tx) => tx.insert(counters, counterRow("kept", 3)));
    await database.close();
    for (let start = 0; start < 2; start++) {
      const again = await openAt(location, { migrations: withSecond });
      expect(await again.committed.get(counters, key("kept"))).toEqual(counterRow("kept", 3));
      await again.close();
    }
    await release();
  });

  test("undoes a failed migration whole, and a mended one applies", async () => {
    const { database, location, release } = await engine.open();
    await database.close();
    const failed = openAt(location, { migrations: [...conformanceMigrations, broken] });
    await expect(failed).rejects.toThrow(/^The migration 0002_broken\.sql failed: .*nowhere/);
    const mended = await openAt(location, { migrations: withSecond });
    expect(await mended.committed.select(countOfHalf, {})).toEqual([{ count: 0 }]);
    await mended.close();
    await release();
  });

  test("refuses a database of newer code, and one whose migration was edited", async () => {
    const { database, location, release } = await engine.open({ migrations: withSecond });
    await database.close();
    await expect(openAt(location)).rejects.toThrow(/newer iStripe \(0002_more\.sql\)/);
    const edited = [...conformanceMigrations, { ...second, sql: `${second.sql} -- edited` }];
    await expect(openAt(location, { migrations: edited })).rejects.toThrow(
      /another migration 0002/,
    );
    await release();
  });

  test("lets servers that start at the same time share the work", async () => {
    const { database, location, release } = await engine.open();
    await database.close();
    if (location?.startsWith("postgres:")) {
      const opened = await Promise.all(
        Array.from({ length: 4 }, () => openAt(location, { migrations: withSecond })),
      );
      for (const each of opened) await each.close();
    }
    const last = await openAt(location, { migrations: withSecond });
    await last.close();
    await release();
  });
});

describe("migration files", () => {
  test("are read in order and numbered without gaps", () => {
    const numbers = readMigrations().map((migration) => migration.number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThan(0);
  });

  test("may hold sections for one engine", () => {
    const sql = "a\n-- sqlite:\nb\n-- postgres:\nc\n-- both:\nd";
    expect(sectionsFor("sqlite", sql)).toBe("a\nb\nd");
    expect(sectionsFor("postgres", sql)).toBe("a\nc\nd");
  });
});
