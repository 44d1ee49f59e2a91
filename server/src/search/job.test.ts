/**
 * The job: what a request wrote is found soon after without the request's doing, and while the server is busy the job
 * takes one piece a turn.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { chargeResource } from "../payments/charges/resource.ts";
import { charges } from "../payments/charges/schema.ts";
import { createCustomer } from "../payments/customers/create.ts";
import { eventOf } from "../resource.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../testing/platform.ts";
import { searchableCharges } from "./charges.ts";
import { searchableCustomers } from "./customers.ts";
import { createSearchJob } from "./job.ts";
import { searchRows } from "./search.ts";
import { chargeRow } from "./test-rows.ts";

let platform: TestPlatform;
beforeEach(async () => {
  isBusy = false;
  const [, memory = expect.fail()] = testEngines("");
  platform = await openTestPlatform(memory);
});
afterEach(() => platform.release());

let isBusy = false;
const jobOf = () =>
  createSearchJob({
    isBusy: () => isBusy,
    platform,
    scopes: async () => [platform.scope],
  });

/** One turn of the worker, two seconds after what was before. @returns how many pieces it took. */
async function turn(job: ReturnType<typeof jobOf>): Promise<number> {
  platform.now += 2;
  let pieceCount = 1;
  while (await job.run()) pieceCount += 1;
  return pieceCount;
}

const insertCharges = (count: number): Promise<void> =>
  platform.database.transact(async (tx) => {
    for (let index = 0; index < count; index++) {
      const row = chargeRow(platform, { currency: "jpy" });
      tx.insert(charges, row);
      tx.emit(eventOf(platform.context(), "charge.succeeded", { resource: chargeResource, row }));
    }
  });

const foundCount = async (query: string): Promise<number | undefined> => {
  const { totalCount } = await searchRows(platform.database.committed, searchableCharges, {
    isCounted: true,
    parameters: { query },
    scope: platform.scope,
  });
  return totalCount;
};

test("customers and charges are found after one turn at rest", async () => {
  const job = jobOf();
  await turn(job);
  await createCustomer(platform.context(), { email: "amy@example.com" });
  await insertCharges(3);
  expect(await foundCount('currency:"jpy"')).toBe(0);
  await turn(job);
  expect(await foundCount('currency:"jpy"')).toBe(3);
  const { rows } = await searchRows(platform.database.committed, searchableCustomers, {
    isCounted: false,
    parameters: { query: 'email:"amy@example.com"' },
    scope: platform.scope,
  });
  expect(rows).toHaveLength(1);
});

test("a turn with nothing to do is one piece, and a turn with much is a few", async () => {
  const job = jobOf();
  await turn(job);
  expect(await turn(job)).toBe(1);
  await insertCharges(1000);
  expect(await turn(job)).toBe(10);
  expect(await foundCount('currency:"jpy"')).toBe(200);
});

test("while the server is busy, a turn is one piece, however late the index is", async () => {
  const job = jobOf();
  await turn(job);
  await insertCharges(500);
  isBusy = true;
  expect(await turn(job)).toBe(1);
  platform.now += 61;
  expect(await turn(job)).toBe(1);
  isBusy = false;
  expect(await turn(job)).toBeGreaterThan(20);
  expect(await foundCount('currency:"jpy"')).toBe(500);
});
