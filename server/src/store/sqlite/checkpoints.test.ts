/**
 * The write-ahead log stays short while writes never pause, is emptied when they do, and is gone after a close.
 */
import { existsSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { enginesOn, openAt } from "../conformance/engines.ts";
import { account, counterRow, counters, entries, entryRow, key } from "../conformance/tables.ts";

const logSizeMax = 64_000_000;

test("the log stays bounded under constant load, and a close leaves the rows in one file", async () => {
  const [engine = expect.fail()] = enginesOn("");
  const { database, location, release } = await engine.open();
  const log = `${location}-wal`;
  const total = 12_000;
  const padding = "x".repeat(8000);
  let next = 0;
  let largest = 0;
  const client = async (): Promise<void> => {
    while (next < total) {
      const id = `row ${next++}`;
      await database.transact(async (tx) => {
        tx.insert(counters, counterRow(id));
        tx.insert(entries, entryRow(id, { owner: padding, position: next }));
      });
      if (next % 50 === 0) largest = Math.max(largest, statSync(log).size);
    }
  };
  await Promise.all(Array.from({ length: 32 }, client));
  // Without checkpoints it would hold every page written: more than twice the rows.
  expect(total * padding.length).toBeGreaterThan(logSizeMax);
  expect(largest).toBeLessThan(logSizeMax);
  expect(largest).toBeGreaterThan(0);
  await database.close();
  expect(existsSync(log)).toBe(false);
  const again = await openAt(location);
  for (const id of ["row 0", `row ${total - 1}`]) {
    expect(await again.committed.get(counters, key(id))).toMatchObject({ account_id: account });
  }
  await again.close();
  await release();
});
