/**
 * The schema as declared, as migrated and as queried: one and the same, and distributed by account. Every primary key,
 * unique index and statement names the account, so that the tables can be spread over machines without a rewrite.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { allAccounts, oldestAccount } from "./accounts/accounts/store.ts";
import { apiKeys } from "./accounts/api-keys/schema.ts";
import { resources } from "./api.ts";
import { idempotencyKeys } from "./http/idempotency/schema.ts";
import { ledgerEntries, ledgerTotals } from "./payments/balance/ledger.ts";
import { requestLogs } from "./request-log/schema.ts";
import { createJobs } from "./schedule.ts";
import { searchDocuments, searchProgress, searchTerms } from "./search/index/schema.ts";
import { schemaDifferences } from "./store/migrations/schema-check.ts";
import { declaredQueries, defineQuery, type Query } from "./store/query.ts";
import type { Table } from "./store/table.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "./testing/platform.ts";
import { webhookAttempts } from "./webhooks/deliveries/schema.ts";

const tables: readonly Table[] = [
  apiKeys,
  idempotencyKeys,
  ledgerEntries,
  ledgerTotals,
  searchDocuments,
  searchProgress,
  searchTerms,
  requestLogs,
  webhookAttempts,
  ...[...resources.values()].map(({ table }) => table),
] as Table[];

/** The two that start from nothing: the first account, and the jobs that go through all of them. */
const withoutAccount = new Set<unknown>([oldestAccount, allAccounts]);

interface StoredIndex {
  readonly table_name: string;
  readonly definition: string;
}

const indexes: Query<Record<string, never>, StoredIndex> = defineQuery([], (_param, dialect) =>
  dialect === "sqlite"
    ? `select tbl_name as table_name, sql as definition from sqlite_master where type = 'index' and sql is not null`
    : `select tablename as table_name, indexdef as definition from pg_indexes where schemaname = 'public'`,
);

const storedTables: Query<Record<string, never>, { readonly name: string }> = defineQuery(
  [],
  (_param, dialect) =>
    dialect === "sqlite"
      ? `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
      : `select tablename as name from pg_tables where schemaname = 'public'`,
);

describe.each(testEngines(inject("postgresUrl")))("the schema on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  test("is what the tables declare: names, order, kinds, nullability and key", async () => {
    expect(await schemaDifferences(platform.database, tables)).toEqual([]);
  });

  test("has no table that nobody declares", async () => {
    const names = (await platform.database.committed.select(storedTables, {})).map(
      ({ name }) => name,
    );
    expect(names.toSorted()).toEqual(
      [...tables.map(({ name }) => name), "schema_migrations"].toSorted(),
    );
  });

  test("begins every index with the account", async () => {
    const found = await platform.database.committed.select(indexes, {});
    const ours = found.filter(({ table_name }) => table_name !== "schema_migrations");
    expect(ours.length).toBeGreaterThan(5);
    for (const { definition } of ours) expect(definition).toMatch(/\(account_id\b/);
  });
});

test("begins every primary key with the account", () => {
  for (const { key } of tables) expect(key[0]).toBe("account_id");
});

test("names the account in every statement", () => {
  // Loading the table of jobs loads the statements that no endpoint runs.
  expect(createJobs).toBeTypeOf("function");
  const statements = declaredQueries().filter(
    (query) => !withoutAccount.has(query) && query !== indexes && query !== storedTables,
  );
  const ours = statements.filter(({ tables: read }) => read.length > 0);
  expect(ours.length).toBeGreaterThan(6);
  for (const statement of ours) {
    for (const dialect of ["sqlite", "postgres"] as const) {
      expect(statement.compiled(dialect).sql).toMatch(/account_id"? (?:= |in \()/);
    }
  }
});

describe("a page that is remembered cannot be out of date, because", () => {
  test("whatever shows the time says so", () => {
    for (const resource of resources.values()) {
      expect([resource.name, resource.followsClock ?? false]).toEqual([
        resource.name,
        resource.present.length > 1,
      ]);
    }
  });

  test("no statement changes a row that has a version and leaves the version", () => {
    const versioned = new Set(tables.filter((table) => table.isVersioned).map(({ name }) => name));
    for (const query of declaredQueries()) {
      const { sql } = query.compiled("sqlite");
      const changed = /^\s*update\s+"?(\w+)"?/i.exec(sql)?.[1] ?? "";
      if (versioned.has(changed)) expect(sql).toMatch(/version = version \+ 1/);
    }
  });
});
