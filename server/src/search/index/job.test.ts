/**
 * The job: what a request wrote is found soon after without the request's doing, while the server is busy the job takes
 * one piece a turn, and it tells how far the index lags.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { chargeResource } from "../../payments/charges/resource.ts";
import { charges } from "../../payments/charges/schema.ts";
import { createCustomer } from "../../payments/customers/create.ts";
import { eventOf } from "../../resource.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { searchableCharges } from "../charges.ts";
import { searchableCustomers } from "../customers.ts";
import { searchRows } from "../query/search.ts";
import { chargeRow } from "../test-rows.ts";
import { createSearchJob } from "./job.ts";

let platform: TestPlatform;
beforeEach(async () => {
  isBusy = false;
  const [, memory = expect.fail()] = testEngines("");
  platform = await openTestPlatform(memory);
});
afterEach(() => platform.release());

let isBusy = false;
let lagSeconds = 0;
const jobOf = () =>
  createSearchJob({
    isBusy: async () => isBusy,
    onLag: (seconds) => {
      lagSeconds = seconds;
    },
    platform,
    scopes: async () => [platform.scope],
  });

/** One turn of the worker, two seconds after what was before. */
async function turn(job: ReturnType<typeof jobOf>): Promise<void> {
  platform.now += 2;
  let hasMore = true;
  while (hasMore) hasMore = await job.run();
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

test("at rest, a turn indexes all that there is, and then the index does not lag", async () => {
  const job = jobOf();
  await turn(job);
  await insertCharges(1000);
  await turn(job);
  expect(await foundCount('currency:"jpy"')).toBe(1000);
  expect(lagSeconds).toBe(0);
});

test("while the server is busy, a turn is one piece, however late the index is", async () => {
  const job = jobOf();
  await turn(job);
  await insertCharges(500);
  isBusy = true;
  await turn(job);
  expect(await foundCount('currency:"jpy"')).toBe(20);
  expect(lagSeconds).toBe(2);
  platform.now += 61;
  await turn(job);
  expect(await foundCount('currency:"jpy"')).toBe(40);
  expect(lagSeconds).toBe(65);
  isBusy = false;
  await turn(job);
  expect(await foundCount('currency:"jpy"')).toBe(500);
});
