/**
 * The ledger: what a charge does to the balance, and that folding entries into totals changes nothing that is shown.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { createCharge } from "../charges/create/create.ts";
import { foldEntries } from "./fold.ts";
import { ledgerEntries } from "./ledger.ts";
import { availableOn } from "./record.ts";
import { retrieveBalance } from "./retrieve.ts";
import { allSums, balanceSums } from "./store.ts";

describe.each(testEngines(inject("postgresUrl")))("the balance on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const charge = (amount: number, currency: string, source: string) =>
    createCharge(platform.context(), { amount, currency, source });

  test("a charge is pending less its fee until its day, then available", async () => {
    await charge(2000, "usd", "tok_visa");
    await charge(950, "usd", "tok_visa");
    expect(await retrieveBalance(platform.context())).toMatchObject({
      available: [{ amount: 0, currency: "usd" }],
      pending: [{ amount: 1912 + 892, currency: "usd", source_types: { card: 2804 } }],
    });
    platform.now = availableOn(platform.now);
    expect(await retrieveBalance(platform.context())).toMatchObject({
      available: [{ amount: 2804, currency: "usd" }],
      pending: [{ amount: 0, currency: "usd" }],
    });
  });

  test("a card that skips the wait is available at once, and a declined one moves nothing", async () => {
    await charge(10_000, "eur", "tok_bypassPending");
    await expect(charge(10_000, "gbp", "tok_chargeDeclined")).rejects.toMatchObject({
      status: 402,
    });
    const balance = await retrieveBalance(platform.context());
    expect(balance.available).toContainEqual({
      amount: 9680,
      currency: "eur",
      source_types: { card: 9680 },
    });
    expect(balance.available.map(({ currency }) => currency)).toEqual(["eur", "usd"]);
  });

  test("folding covers every entry once and leaves the balance as it was", async () => {
    const before = await retrieveBalance(platform.context());
    // Two at once: what one covers, the other must not.
    const folded = await Promise.all([
      foldEntries(platform, platform.scope),
      foldEntries(platform, platform.scope),
    ]);
    expect(folded.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(await foldEntries(platform, platform.scope)).toBe(0);
    expect(await retrieveBalance(platform.context())).toEqual(before);
    await charge(500, "usd", "tok_visa");
    await foldEntries(platform, platform.scope);
    const [usd] = (await retrieveBalance(platform.context())).pending.filter(
      ({ currency }) => currency === "usd",
    );
    expect(usd?.amount).toBe(455);
  });

  test("the totals are what the entries add up to from zero, and every account with the others to nothing", async () => {
    const { accountId, livemode } = platform.scope;
    const sums = await platform.database.committed.select(allSums, { accountId, livemode });
    const shown = await platform.database.committed.select(balanceSums, { accountId, livemode });
    expect(sums.map(({ currency }) => currency).toSorted()).toEqual(["eur", "usd"]);
    for (const sum of sums) {
      const [balance, clearing, fees] = [sum.balance, sum.clearing, sum.fees].map(Number);
      expect((balance ?? 0) + (clearing ?? 0) + (fees ?? 0)).toBe(0);
      const total = shown
        .filter(({ currency }) => currency === sum.currency)
        .reduce((added, row) => added + Number(row.balance), 0);
      expect(total).toBe(balance);
      expect(total).toBeGreaterThan(0);
    }
  });

  test("an entry that does not balance is refused by the database itself", async () => {
    const unbalanced = platform.database.transact(async (tx) => {
      tx.insert(ledgerEntries, {
        account_id: platform.scope.accountId,
        available_on: 0,
        balance: 100,
        checkpoint: null,
        clearing: -99,
        currency: "usd",
        fees: 0,
        livemode: false,
        transaction_id: "txn_unbalanced",
      });
    });
    await expect(unbalanced).rejects.toThrow();
    const key = { account_id: platform.scope.accountId, transaction_id: "txn_unbalanced" };
    expect(await platform.database.committed.get(ledgerEntries, key)).toBeUndefined();
  });
});

test.each([
  ["Monday", "2026-11-16T10:00:00Z", "2026-11-18"],
  ["Thursday", "2026-11-19T23:59:59Z", "2026-11-23"],
  ["Friday", "2026-11-20T00:00:00Z", "2026-11-24"],
  ["Saturday", "2026-11-21T12:00:00Z", "2026-11-24"],
  ["Sunday", "2026-11-22T12:00:00Z", "2026-11-24"],
])("what is charged on a %s is available two business days later", (_, charged, available) => {
  const instant = availableOn(Date.parse(charged) / 1000);
  expect(new Date(instant * 1000).toISOString()).toBe(`${available}T00:00:00.000Z`);
});
