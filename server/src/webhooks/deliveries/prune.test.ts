/**
 * Deliveries that are over are kept for the days that the operator set, and then forgotten with their attempts; one that
 * still waits is kept however old it is.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createCustomer } from "../../payments/customers/create.ts";
import { defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { createWebhookEndpoint } from "../endpoints/create.ts";
import { pruneDeliveries } from "./prune.ts";
import { webhookAttempts, webhookDeliveries } from "./schema.ts";

const days = 30;
const daySeconds = 86_400;

type Account = { readonly accountId: string };
const endAll = defineQuery<Account, never>(
  [webhookDeliveries],
  (param) => `update webhook_deliveries set due_ms = null, status = 'succeeded'
    where account_id = ${param("accountId")}`,
);
const allDeliveries = defineQuery<Account, { readonly id: string }>(
  [webhookDeliveries],
  (param) => `select id from webhook_deliveries where account_id = ${param("accountId")}`,
);
const allAttempts = defineQuery<Account, { readonly delivery: string }>(
  [webhookAttempts],
  (param) => `select delivery from webhook_attempts where account_id = ${param("accountId")}`,
);

describe.each(testEngines(inject("postgresUrl")))("deliveries on $name", (engine) => {
  let platform: TestPlatform;
  let account: Account;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
    account = { accountId: platform.scope.accountId };
    await createWebhookEndpoint(platform.context(), {
      enabled_events: ["*"],
      url: "https://example.com/",
    });
  });
  afterAll(() => platform.release());

  const deliveries = () => platform.database.committed.select(allDeliveries, account);
  const attempts = () => platform.database.committed.select(allAttempts, account);
  const prune = () => pruneDeliveries(platform, platform.scope, days);

  const attempt = (delivery: string) => ({
    account_id: account.accountId,
    delivery,
    duration_ms: 1,
    faults: null,
    livemode: false,
    message: null,
    number: 1,
    pending_webhooks: 1,
    reason: null,
    request_headers: {},
    response_body: null,
    response_headers: null,
    stage: "after" as const,
    started_ms: 1,
    status: 200,
    succeeded: true,
    url: "https://example.com/",
  });

  test("that are over go after their days with their attempts, piece by piece; the others stay", async () => {
    for (let at = 0; at < 250; at += 1) await createCustomer(platform.context(), {});
    const made = await deliveries();
    expect(made).toHaveLength(250);
    await platform.database.transact(async (tx) => {
      for (const { id } of made) tx.insert(webhookAttempts, attempt(id));
      await tx.execute(endAll, account);
    });
    platform.now += days * daySeconds;
    await prune();
    expect(await deliveries()).toHaveLength(250);
    platform.now += 1;
    await createCustomer(platform.context(), {});
    const pending = (await deliveries()).filter(({ id }) => made.every((old) => old.id !== id));
    expect(await prune()).toBe(true);
    expect(await deliveries()).toHaveLength(51);
    expect(await attempts()).toHaveLength(50);
    expect(await prune()).toBe(false);
    expect(await deliveries()).toEqual(pending);
    expect(await attempts()).toEqual([]);
    platform.now += 10 * days * daySeconds;
    expect(await prune()).toBe(false);
    expect(await deliveries()).toEqual(pending);
  });
});
