/**
 * Who is told is what is committed: a transaction that changes endpoints and is undone leaves nobody out afterwards, and
 * one that is kept tells by what it changed.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createCustomer } from "../../payments/customers/create.ts";
import type { Transaction } from "../../store/database.ts";
import { defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { createWebhookEndpoint } from "../endpoints/create.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import { webhookDeliveries } from "./schema.ts";

const told = defineQuery<{ accountId: string; type: string }, { readonly endpoint: string }>(
  [webhookDeliveries],
  (param) => `select endpoint from webhook_deliveries
    where account_id = ${param("accountId")} and event_type = ${param("type")}`,
);

describe.each(testEngines(inject("postgresUrl")))("on $name", (engine) => {
  let platform: TestPlatform;
  let endpoint: WebhookEndpointRow;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
    endpoint = await createWebhookEndpoint(platform.context(), {
      enabled_events: ["*"],
      url: "https://example.com/",
    });
  });
  afterAll(() => platform.release());

  const toldOf = (type: string) =>
    platform.database.committed.select(told, { accountId: platform.scope.accountId, type });

  /** As the sender does with an endpoint that failed for days, which then tells of it. */
  const disable = async (tx: Transaction, type: string): Promise<void> => {
    platform.outbox.endpointsChanged(tx, platform.scope);
    tx.update(webhookEndpoints, endpoint, { status: "disabled" });
    const about = { created: platform.now, faults: null, id: "evt_1", objectId: endpoint.id, type };
    await platform.outbox.tell(tx, { ...platform.scope, ...about });
  };

  test("a change that was undone changes nobody's part", async () => {
    const undone = platform.database.transact(async (tx) => {
      await disable(tx, "topup.created");
      throw new Error("it is undone");
    });
    await expect(undone).rejects.toThrow("it is undone");
    await createCustomer(platform.context(), {});
    expect(await toldOf("customer.created")).toHaveLength(1);
    expect(await toldOf("topup.created")).toEqual([]);
  });

  test("a change that was made counts from its own events on", async () => {
    await platform.database.transact((tx) => disable(tx, "topup.failed"));
    await createCustomer(platform.context(), {});
    expect(await toldOf("topup.failed")).toEqual([]);
    expect(await toldOf("customer.created")).toHaveLength(1);
  });
});
