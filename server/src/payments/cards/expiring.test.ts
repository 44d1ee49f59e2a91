/**
 * An account is told once that a customer's card is in its last month, and again only for another expiry.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { type EventRow, events } from "../../webhooks/events/schema.ts";
import { createCustomer } from "../customers/create.ts";
import { deleteCard } from "./delete.ts";
import { tellOfExpiringCards } from "./expiring.ts";
import { updateCard } from "./update.ts";

const expiringEvents = defineQuery<{ accountId: string }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and type = 'customer.source.expiring' order by position`,
);

const at = (year: number, month: number, day: number): number =>
  Date.UTC(year, month - 1, day) / 1000;

describe.each(testEngines(inject("postgresUrl")))("an expiring card on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
    platform.now = at(2027, 3, 15);
  });
  afterAll(() => platform.release());

  const keep = async (month: string, year: string) => {
    const number = platform.card("4242424242424242", "123");
    const source = { exp_month: month, exp_year: year, number };
    const { default_source, id } = await createCustomer(platform.context(), { source });
    return { customer: id, id: default_source ?? expect.fail() };
  };
  const look = () => tellOfExpiringCards(platform, platform.scope);
  const told = async () => {
    const { accountId } = platform.scope;
    const found = await platform.database.committed.select(expiringEvents, { accountId });
    return found.map(({ object_id }) => object_id);
  };

  test("is told of when its last month begins, once", async () => {
    const [april, later] = [await keep("4", "27"), await keep("5", "28")];
    await look();
    platform.now = at(2027, 4, 1) - 1;
    await look();
    expect(await told()).toEqual([]);
    platform.now = at(2027, 4, 1);
    await look();
    await look();
    expect(await told()).toEqual([april.id]);
    platform.now = at(2028, 4, 30);
    await look();
    expect(await told()).not.toContain(later.id);
  });

  test("that is deleted, or expired before anybody looked, is not told of", async () => {
    const before = await told();
    const [gone, missed] = [await keep("6", "28"), await keep("5", "28")];
    await deleteCard(platform.context(), gone);
    platform.now = at(2028, 6, 2);
    await look();
    expect(await told()).toEqual(before);
    expect(await told()).not.toContain(missed.id);
  });

  test("that is given more time is told of again, and one whose name changes is not", async () => {
    const card = await keep("6", "28");
    await look();
    await updateCard(platform.context(), { name: "Jo" }, card);
    await look();
    expect((await told()).filter((id) => id === card.id)).toHaveLength(1);
    await updateCard(platform.context(), { exp_month: "7" }, card);
    await look();
    expect((await told()).filter((id) => id === card.id)).toHaveLength(1);
    platform.now = at(2028, 7, 1);
    await look();
    expect((await told()).filter((id) => id === card.id)).toHaveLength(2);
  });
});
