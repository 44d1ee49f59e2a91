/**
 * A page costs the same wherever its cursor is: SQLite seeks by both columns of the order, also within a second that
 * thousands of rows share.
 */
import { expect, test } from "vitest";
import { enginesOn } from "../conformance/engines.ts";
import { account, entries, entryRow } from "../conformance/tables.ts";
import { selectPage } from "../page.ts";

test("a page from the middle of a second that 20,000 rows share is read as fast as the first", async () => {
  const [engine = expect.fail()] = enginesOn("");
  const { database, release } = await engine.open();
  const count = 20_000;
  for (let from = 0; from < count; from += 2000) {
    await database.transact(async (tx) => {
      for (let position = from; position < from + 2000; position++) {
        tx.insert(entries, entryRow(`row ${position}`, { position }));
      }
    });
  }
  const request = { accountId: account, direction: "older", limit: 10, livemode: false } as const;
  const took = async (cursor: string | undefined): Promise<number> => {
    const times: number[] = [];
    for (let run = 0; run < 30; run++) {
      const startedMs = performance.now();
      const { rows } = await selectPage(database.committed, entries, { ...request, cursor });
      times.push(performance.now() - startedMs);
      expect(rows).toHaveLength(10);
    }
    return times.toSorted((a, b) => a - b)[5] ?? 0;
  };
  const first = await took(undefined);
  const middle = await took("row 100");
  // Reading past 19,900 rows takes a hundred times as long; a shared machine may be a few times slower at any moment.
  expect(middle).toBeLessThan(first * 10 + 0.2);
  await release();
});
