/**
 * A process killed in mid-load: whatever it acknowledged is there, and what it did not is there whole or not at all.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, inject, test } from "vitest";
import type { Database } from "../database.ts";
import { columnsOf, defineQuery } from "../query.ts";
import { lastingEnginesOn, openAt } from "./engines.ts";
import { account, counters, type EntryRow, entries, key } from "./tables.ts";

const program = new URL("./load-client.ts", import.meta.url).pathname;
const killCount = 6;
const loadMs = 250;

const allEntries = defineQuery<{ accountId: string }, EntryRow>(
  [entries],
  (param) => `select ${columnsOf(entries)} from entries where account_id = ${param("accountId")}`,
);
/** In one statement: PostgreSQL may still commit for a client that was killed, between one statement and the next. */
const entriesCounted = defineQuery<{ accountId: string }, { amount: number; entry_count: number }>(
  [counters, entries],
  (param) => `select amount, cast((select count(*) from entries
    where entries.account_id = counters.account_id and owner = counters.id) as integer) as entry_count
    from counters where account_id = ${param("accountId")}`,
);

/** Loads the database until it is killed. @returns the ids that were acknowledged. */
async function acknowledgedUntilKilled(location: string, run: number): Promise<string[]> {
  const client = spawn(process.execPath, [program, location, "8", "1000000", `run${run}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  client.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  client.stdout.once("data", () => setTimeout(() => client.kill("SIGKILL"), loadMs));
  const [, signal] = await once(client, "close");
  expect(signal).toBe("SIGKILL");
  return [...output.matchAll(/^ack (.+)\n/gm)].map(([, id = ""]) => id);
}

/** Each transaction wrote a debit, a credit and one step of its client's counter. */
async function expectWhole(database: Database): Promise<void> {
  const rows = await database.committed.select(allEntries, { accountId: account });
  const sides = new Map<string, Set<string>>();
  for (const { id } of rows) {
    const [transaction = "", side = ""] = id.split(" ");
    sides.set(transaction, (sides.get(transaction) ?? new Set()).add(side));
  }
  const halves = [...sides].filter(([, each]) => each.size !== 2);
  expect(halves).toEqual([]);
  const counted = await database.committed.select(entriesCounted, { accountId: account });
  expect(counted).not.toEqual([]);
  for (const { amount, entry_count } of counted) expect(entry_count).toBe(amount * 2);
}

describe.each(lastingEnginesOn(inject("postgresUrl")))(
  "a kill -9 under load on $name",
  (engine) => {
    test("loses nothing that was acknowledged and leaves nothing half-written", {
      timeout: 30_000,
    }, async () => {
      const { database, location, release } = await engine.open();
      await database.close();
      const acknowledged: string[] = [];
      for (let run = 0; run < killCount; run++) {
        acknowledged.push(...(await acknowledgedUntilKilled(location ?? "", run)));
        const survivor = await openAt(location);
        await expectWhole(survivor);
        for (const id of acknowledged) {
          const row = await survivor.committed.get(entries, key(`${id} credit`));
          expect(row, `acknowledged transaction ${id}`).toBeDefined();
        }
        await survivor.close();
      }
      expect(acknowledged.length).toBeGreaterThan(killCount);
      await release();
    });
  },
);
