/**
 * A charge's words can be changed, its customer and its group be given once, and what it did stays as it is.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { type EventRow, events } from "../../webhooks/events/schema.ts";
import { createCustomer } from "../customers/create.ts";
import { createCharge } from "./create/create.ts";
import { chargeResource } from "./resource.ts";
import type { ChargeRow, UpdateCharge } from "./schema.ts";
import { updateCharge } from "./update.ts";

const eventsOf = defineQuery<{ accountId: string; id: string }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and object_id = ${param("id")} order by position`,
);

describe.each(testEngines(inject("postgresUrl")))("a charge on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const charge = () =>
    createCharge(platform.context(), {
      amount: 2000,
      currency: "usd",
      description: "tea",
      metadata: { order: "1" },
      source: "tok_visa",
    });
  const update = (id: string, parameters: UpdateCharge) =>
    updateCharge(platform.context(), parameters, id);
  const told = async (id: string) =>
    (
      await platform.database.committed.select(eventsOf, {
        accountId: platform.scope.accountId,
        id,
      })
    ).map(({ type }) => type);
  const shown = (row: ChargeRow) =>
    chargeResource.present(row, { now: platform.now }) as Record<string, unknown>;

  test("says what it was told to, and is told of once", async () => {
    const { id } = await charge();
    const customer = await createCustomer(platform.context(), {});
    const changed = await update(id, {
      customer: customer.id,
      description: null,
      fraud_details: { user_report: "safe" },
      metadata: { order: "", paid: "yes" },
      receipt_email: "jenny@example.com",
      shipping: { address: { city: "Berlin" }, name: "Jenny" },
      transfer_group: "group",
    });
    expect(shown(changed)).toMatchObject({
      amount: 2000,
      customer: customer.id,
      description: null,
      fraud_details: { user_report: "safe" },
      metadata: { paid: "yes" },
      receipt_email: "jenny@example.com",
      shipping: { address: { city: "Berlin", line1: null }, name: "Jenny" },
      status: "succeeded",
      transfer_group: "group",
    });
    expect(await told(id)).toEqual(["charge.succeeded", "charge.updated"]);
    expect(shown(await update(id, { fraud_details: { user_report: null } }))).toMatchObject({
      description: null,
      fraud_details: {},
      metadata: { paid: "yes" },
    });
  });

  test("is not told of where nothing differs", async () => {
    const { id } = await charge();
    await update(id, { description: "tea", metadata: { order: "1" } });
    expect(await told(id)).toEqual(["charge.succeeded"]);
  });

  test("keeps the customer and the group that it has", async () => {
    const { id } = await charge();
    const [first, second] = await Promise.all([
      createCustomer(platform.context(), {}),
      createCustomer(platform.context(), {}),
    ]);
    await update(id, { customer: first.id, transfer_group: "one" });
    await expect(update(id, { customer: second.id })).rejects.toMatchObject({
      details: { param: "customer" },
      status: 400,
    });
    await expect(update(id, { transfer_group: "two" })).rejects.toMatchObject({
      details: { param: "transfer_group" },
      status: 400,
    });
    const same = await update(id, { customer: first.id, transfer_group: "one" });
    expect([same.customer, same.transfer_group]).toEqual([first.id, "one"]);
  });

  test("that is unknown, or of an unknown customer, is refused", async () => {
    await expect(update("ch_unknown", {})).rejects.toMatchObject({
      details: { code: "resource_missing", param: "id" },
      status: 404,
    });
    const { id } = await charge();
    await expect(update(id, { customer: "cus_unknown" })).rejects.toMatchObject({
      details: { code: "resource_missing", param: "customer" },
      message: "No such customer: 'cus_unknown'",
      status: 400,
    });
  });
});
