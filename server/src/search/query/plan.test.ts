/**
 * Every kind of clause is answered from an index on both engines: among tens of thousands of rows, no statement of a search reads a
 * table from end to end, and what is found is what comparing every row would find.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { charges } from "../../payments/charges/schema.ts";
import type { Reader } from "../../store/database.ts";
import { type Dialect, defineQuery, type Query } from "../../store/query.ts";
import type { Row, Table } from "../../store/table.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { searchableCharges } from "../charges.ts";
import { catchUp, chargeRow } from "../test-rows.ts";
import { planOf } from "./plan.ts";
import { searchRows } from "./search.ts";

/** PostgreSQL's job takes several round trips a piece, and a smaller table is as telling. */
const rowCounts: Readonly<Record<string, number>> = { PostgreSQL: 20_000, SQLite: 50_000 };
const seedSize = 1000;
const buildLimitMs = 240_000;

/** The statement's plan, as the engine's own lines. */
const explained = (query: Query<object, unknown>): Query<object, object> =>
  defineQuery<Record<string, unknown>, object>([], (param, dialect: Dialect) => {
    const { parameterNames, sql } = query.compiled(dialect);
    for (const name of parameterNames) param(name);
    return `${dialect === "sqlite" ? "explain query plan" : "explain"} ${sql}`;
  }) as unknown as Query<object, object>;

const queries = [
  'status:"succeeded"',
  'status:"failed"',
  '-status:"succeeded"',
  '-currency:"usd"',
  "amount:1234",
  "amount>9900",
  "amount>=5000 amount<5003",
  "-amount>12",
  "customer:null",
  "-customer:null",
  '-customer:"cus_1"',
  'metadata["order"]:"19999"',
  '-metadata["order"]:null',
  '-metadata["shop"]:"3"',
  "created<1700000010",
  "created>1700000010 AND created<=1700000020",
  "payment_method_details.card.last4:4242",
  'payment_method_details.card.last4:4242 AND currency:"eur"',
  'payment_method_details.card.last4:4242 AND currency:"eur" AND -status:"succeeded"',
  'payment_method_details.card.last4:4242 OR metadata["order"]:"7"',
];

/** Values of every frequency: one row in two, in three, in five hundred, in a thousand, and one alone. */
const seeded = (index: number): Partial<Row<typeof charges>> => ({
  amount: (index * 7919) % 10_000,
  card_last4: String((index * 31) % 10_000).padStart(4, "0"),
  created: 1_700_000_000 + Math.floor(index / 100),
  currency: index % 3 === 0 ? "eur" : "usd",
  customer: index % 2 === 0 ? `cus_${index % 1000}` : null,
  metadata: index % 500 === 499 ? { order: String(index), shop: String(index % 5) } : {},
  status: index % 1000 === 0 ? "failed" : "succeeded",
});

const [file, , postgres] = testEngines(inject("postgresUrl"));

describe.each([file, postgres].filter((engine) => engine !== undefined))(
  "a search among tens of thousands of rows on $name",
  (engine) => {
    const rowCount = rowCounts[engine.name] ?? 0;
    let platform: TestPlatform;
    let all: readonly Row<typeof charges>[];
    beforeAll(async () => {
      platform = await openTestPlatform(engine);
      for (let from = 0; from < rowCount; from += seedSize) await seed(from);
      await catchUp(platform, [searchableCharges]);
      const { accountId, livemode } = platform.scope;
      all = await platform.database.committed.select(everyRow, { accountId, livemode });
    }, buildLimitMs);
    afterAll(() => platform.release());

    const seed = (from: number): Promise<void> =>
      platform.database.transact(async (tx) => {
        for (let index = from; index < from + seedSize; index++) {
          tx.insert(charges, { ...chargeRow(platform), ...seeded(index) });
        }
      });

    test.each(queries)("%s reads no table from end to end", async (query) => {
      const ran: { readonly query: Query<object, unknown>; readonly params: object }[] = [];
      const { committed } = platform.database;
      const watched: Reader = {
        get: (table, key) => committed.get(table, key),
        select: (statement, params) => {
          ran.push({ params, query: statement as unknown as Query<object, unknown> });
          return committed.select(statement, params);
        },
      };
      await searchRows(watched, searchableCharges, {
        isCounted: false,
        parameters: { query },
        scope: platform.scope,
      });
      expect(ran.length).toBeGreaterThan(1);
      for (const statement of new Map(ran.map((each) => [each.query, each])).values()) {
        const lines = await committed.select(explained(statement.query), statement.params);
        const plan = JSON.stringify(lines);
        expect(plan).toMatch(/INDEX|PRIMARY KEY|Index/);
        expect(plan).not.toMatch(/SCAN (search|charges)|Seq Scan on (search|charges)/);
        // PostgreSQL collects nothing before it looks for the rows that are asked for.
        expect(plan).not.toMatch(/Hash (Semi |Anti )?Join|Bitmap|hashed SubPlan/);
        // SQLite seeks to the very place, not to the second that it lies in.
        expect(plan).not.toMatch(/created>[?] AND created<[?]/);
      }
    });

    test.each(queries)("%s finds what comparing every row finds", async (query) => {
      const { isMatch } = await planOf(platform.database.committed, platform.scope, {
        query,
        searchable: searchableCharges,
      });
      const expected = all.filter((row) => isMatch(row as unknown as Row<Table>));
      const found = await searchRows<typeof charges>(
        platform.database.committed,
        searchableCharges,
        { isCounted: false, parameters: { limit: 100, query }, scope: platform.scope },
      );
      expect(found.rows.map(({ id }) => id)).toEqual(expected.slice(0, 100).map(({ id }) => id));
      expect(found.hasMore).toBe(expected.length > 100);
    });
  },
);

const everyRow = defineQuery<{ accountId: string; livemode: boolean }, Row<typeof charges>>(
  [charges],
  (param) => `select * from charges where account_id = ${param("accountId")}
    and livemode = ${param("livemode")} order by created desc, position desc`,
);
