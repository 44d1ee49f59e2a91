/**
 * A listener that does not ask for an hour is forgotten with what waited for it; one that asks in time is not, whatever
 * the sweep saw before.
 */
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { createCustomer } from "../../payments/customers/create.ts";
import { defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { webhookDeliveries } from "../deliveries/schema.ts";
import { findListener, forgetListeners, listenerLifetimeMs, openListener } from "./open.ts";

const statusesOf = defineQuery<
  { accountId: string; endpoint: string },
  { readonly status: string }
>(
  [webhookDeliveries],
  (param) => `select status from webhook_deliveries
    where account_id = ${param("accountId")} and endpoint = ${param("endpoint")}`,
);

describe.each(testEngines(inject("postgresUrl")))("a listener on $name", (engine) => {
  let platform: TestPlatform;
  let laterMs = 0;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterEach(() => {
    laterMs = 0;
  });
  afterAll(() => platform.release());

  const context = () => ({
    ...platform.context(),
    clock: { ...platform.clock, system: () => Date.now() + laterMs },
  });
  const find = (id: string) => findListener(platform.database.committed, context(), id);
  const statuses = async (endpoint: string) => {
    const { accountId } = platform.scope;
    const found = await platform.database.committed.select(statusesOf, { accountId, endpoint });
    return found.map(({ status }) => status);
  };

  test("is forgotten after an hour without a question, and what waited for it has failed", async () => {
    const { id } = await openListener(context(), { name: "silent" });
    await createCustomer(platform.context(), {});
    laterMs = listenerLifetimeMs - 5000;
    await forgetListeners(context(), platform.scope);
    expect(await statuses(id)).toEqual(["pending"]);
    expect((await find(id)).deleted).toBe(false);
    laterMs = listenerLifetimeMs + 5000;
    await forgetListeners(context(), platform.scope);
    await expect(find(id)).rejects.toThrow(`No such webhook listener: '${id}'`);
    expect(await statuses(id)).toEqual(["failed"]);
    await createCustomer(platform.context(), {});
    expect(await statuses(id)).toEqual(["failed"]);
  });

  test("is kept when it is opened again in time", async () => {
    const { id } = await openListener(context(), { name: "back" });
    laterMs = listenerLifetimeMs - 5000;
    await openListener(context(), { name: "back" });
    laterMs = listenerLifetimeMs + 5000;
    await forgetListeners(context(), platform.scope);
    expect((await find(id)).deleted).toBe(false);
  });

  test("is kept or forgotten whole when it comes back while it is being forgotten", async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      laterMs = 0;
      const { id } = await openListener(context(), { name: `racing ${turn}` });
      laterMs = listenerLifetimeMs + 5000;
      const [, back] = await Promise.all([
        forgetListeners(context(), platform.scope),
        openListener(context(), { name: `racing ${turn}` }),
      ]);
      expect((await find(back.id)).deleted).toBe(false);
      if (back.id !== id) await expect(find(id)).rejects.toThrow("No such webhook listener");
    }
  });
});
