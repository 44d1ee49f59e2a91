/**
 * The ledger: what a charge does to the balance, and that folding postings into totals changes nothing that is shown.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { createCharge } from "../charges/create.ts";
import { foldPostings } from "./fold.ts";
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

  test("folding covers every posting once and leaves the balance as it was", async () => {
    const before = await retrieveBalance(platform.context());
    // Two at once: what one covers, the other must not.
    const folded = await Promise.all([
      foldPostings(platform, platform.scope),
      foldPostings(platform, platform.scope),
    ]);
    expect(folded.reduce((sum, count) => sum + count, 0)).toBe(6);
    expect(await foldPostings(platform, platform.scope)).toBe(0);
    expect(await retrieveBalance(platform.context())).toEqual(before);
    await charge(500, "usd", "tok_visa");
    await foldPostings(platform, platform.scope);
    const [usd] = (await retrieveBalance(platform.context())).pending.filter(
      ({ currency }) => currency === "usd",
    );
    expect(usd?.amount).toBe(455);
  });

  test("the totals are what the postings add up to from zero", async () => {
    const { accountId, livemode } = platform.scope;
    const sums = await platform.database.committed.select(allSums, { accountId, livemode });
    const owed = (currency: string): number =>
      sums
        .filter((sum) => sum.currency === currency)
        .reduce(
          (total, { amount, credit, debit }) =>
            total +
            (credit === "balance" ? Number(amount) : 0) -
            (debit === "balance" ? Number(amount) : 0),
          0,
        );
    const shown = await platform.database.committed.select(balanceSums, { accountId, livemode });
    for (const currency of ["usd", "eur"]) {
      const total = shown
        .filter((sum) => sum.currency === currency)
        .reduce((sum, { amount }) => sum + Number(amount), 0);
      expect(total).toBe(owed(currency));
      expect(total).toBeGreaterThan(0);
    }
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
