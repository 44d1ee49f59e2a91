/**
 * An account is told once of each day on which money becomes available, with the balance as it is then, however many
 * look at the same time.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { rowOfSnapshot } from "../../store/snapshot.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { type EventRow, events } from "../../webhooks/events/schema.ts";
import { createCharge } from "../charges/create/create.ts";
import { announceAvailable } from "./available.ts";
import { balanceChangeResource, balanceChanges } from "./balance-change.ts";
import { foldEntries } from "./fold.ts";
import { availableOn } from "./record.ts";

const balanceEvents = defineQuery<{ accountId: string }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and type = 'balance.available' order by position`,
);

describe.each(testEngines(inject("postgresUrl")))("available money on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const charge = (source: string) =>
    createCharge(platform.context(), { amount: 2000, currency: "usd", source });
  const look = async () => {
    await foldEntries(platform, platform.scope);
    return announceAvailable(platform, platform.scope);
  };
  const told = async () => {
    const { accountId } = platform.scope;
    const found = await platform.database.committed.select(balanceEvents, { accountId });
    return found.map(({ snapshot }) => rowOfSnapshot(balanceChanges, snapshot));
  };

  test("is told of at the midnight that brings it, once, and not before", async () => {
    await charge("tok_visa");
    expect(await look()).toBe(false);
    platform.now = availableOn(platform.now) - 1;
    expect(await look()).toBe(false);
    platform.now += 1;
    const looked = await Promise.all([look(), look(), look()]);
    expect(looked.filter((isTold) => isTold)).toHaveLength(1);
    expect(await look()).toBe(false);
    expect(await told()).toMatchObject([
      {
        available: [{ amount: 1912, currency: "usd", source_types: { card: 1912 } }],
        pending: [{ amount: 0, currency: "usd" }],
      },
    ]);
  });

  test("is shown in an event as the balance, without the id of the row", async () => {
    const [row = expect.fail()] = await told();
    expect(balanceChangeResource.present(row, { now: platform.now })).toEqual({
      available: [{ amount: 1912, currency: "usd", source_types: { card: 1912 } }],
      livemode: false,
      object: "balance",
      pending: [{ amount: 0, currency: "usd", source_types: { card: 0 } }],
    });
  });

  test("that was never pending is not told of", async () => {
    await charge("tok_bypassPending");
    expect(await look()).toBe(false);
    expect(await told()).toHaveLength(1);
  });

  test("of several days that nobody looked at is told of once, with all of it", async () => {
    await charge("tok_visa");
    platform.now += 86_400;
    await charge("tok_visa");
    platform.now += 30 * 86_400;
    expect(await look()).toBe(true);
    expect(await look()).toBe(false);
    const [, second] = await told();
    expect(second?.available).toMatchObject([{ amount: 4 * 1912, currency: "usd" }]);
  });
});
