/**
 * A list filtered by a value that most rows have is read in its order, also before PostgreSQL has ever counted the
 * values of the table.
 */
import { expect, inject, test } from "vitest";
import { enginesOn } from "../conformance/engines.ts";
import { account, entries, entryRow } from "../conformance/tables.ts";
import { type PageRequest, selectPage } from "../page.ts";

test("a page of frequent values is read as fast as one of all values", async () => {
  const [, , postgres = expect.fail()] = enginesOn(inject("postgresUrl"));
  const { database, release } = await postgres.open();
  for (let from = 0; from < 30_000; from += 1000) {
    await database.transact(async (tx) => {
      for (let position = from; position < from + 1000; position++) {
        const owner = position % 100 === 0 ? "odd" : "even";
        tx.insert(entries, entryRow(`row ${position}`, { created: position, owner, position }));
      }
    });
  }
  const request = { accountId: account, direction: "older", limit: 10, livemode: false } as const;
  const took = async (filters: NonNullable<PageRequest["filters"]>): Promise<number> => {
    const times: number[] = [];
    for (let run = 0; run < 30; run++) {
      const startedMs = performance.now();
      const { rows } = await selectPage(database.committed, entries, { ...request, filters });
      times.push(performance.now() - startedMs);
      expect(rows).toHaveLength(10);
    }
    return times.toSorted((a, b) => a - b)[5] ?? 0;
  };
  const all = await took({});
  expect(await took({ owner: "even" })).toBeLessThan(all * 5 + 1);
  expect(await took({ owner: { in: ["even", "odd"] } })).toBeLessThan(all * 5 + 20);
  await release();
});
