/**
 * What attempts leave is stored once and whole: the attempt, and when the delivery is due again. Whoever changed the
 * delivery meanwhile is not overruled.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import {
  type WebhookAttemptRow,
  type WebhookDeliveryRow,
  webhookAttempts,
  webhookDeliveries,
} from "../deliveries/schema.ts";
import { createSettler, type Settler } from "./settle.ts";
import { attemptedOf, deliveryRow, storeDeliveries, storedDelivery } from "./test-rows.ts";

const attemptNumbers = defineQuery<
  { accountId: string; delivery: string },
  Pick<WebhookAttemptRow, "number" | "succeeded" | "request_headers" | "response_body">
>(
  [webhookAttempts],
  (param) => `select number, succeeded, request_headers, response_body from webhook_attempts
    where account_id = ${param("accountId")} and delivery = ${param("delivery")} order by number`,
);

const failure = { message: "It said no.", reason: "status", stage: "after" } as const;

describe.each(testEngines(inject("postgresUrl")))("settling on $name", (engine) => {
  let platform: TestPlatform;
  let settler: Settler;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
    settler = createSettler(platform);
  });
  afterAll(() => platform.release());

  /** A delivery in the hands of a worker. */
  const inHand = async (given: Partial<WebhookDeliveryRow> = {}): Promise<WebhookDeliveryRow> => {
    const row = deliveryRow(platform, {
      lease_owner: "worker",
      lease_until_ms: Date.now() + 60_000,
      made_ms: Date.now(),
      ...given,
    });
    await storeDeliveries(platform.database, [row]);
    return row;
  };
  const attemptsOf = ({ id }: WebhookDeliveryRow) =>
    platform.database.committed.select(attemptNumbers, {
      accountId: platform.scope.accountId,
      delivery: id,
    });
  const changed = (row: WebhookDeliveryRow, changes: Partial<WebhookDeliveryRow>) =>
    platform.database.transact(async (tx) => tx.update(webhookDeliveries, row, changes));

  test("a success ends the delivery and is told back as it is stored", async () => {
    const row = await inHand();
    const settled = await settler.settle(attemptedOf(row));
    expect(settled).toMatchObject({
      attempt_count: 1,
      due_ms: null,
      failure: null,
      lease_owner: null,
      lease_until_ms: null,
      status: "succeeded",
    });
    expect(await storedDelivery(platform, row)).toEqual(settled);
    expect(await attemptsOf(row)).toEqual([
      {
        number: 1,
        request_headers: { "Istripe-Delivery": row.id },
        response_body: "ok",
        succeeded: true,
      },
    ]);
  });

  test("a failure is due again later, and the last one has failed for good", async () => {
    const row = await inHand();
    const again = await settler.settle(attemptedOf(row, { failure }));
    expect(again).toMatchObject({ failure, lease_owner: null, status: "pending" });
    expect(again.due_ms ?? 0).toBeGreaterThan(Date.now());
    const last = await inHand({ attempt_count: 2 });
    expect(await settler.settle(attemptedOf(last, { failure }))).toMatchObject({
      attempt_count: 3,
      due_ms: null,
      failure,
      status: "failed",
    });
    expect(await attemptsOf(last)).toMatchObject([{ number: 3, succeeded: false }]);
  });

  test("many at once are each stored once", async () => {
    const rows = await Promise.all(Array.from({ length: 300 }, () => inHand()));
    const settled = await Promise.all(rows.map((row) => settler.settle(attemptedOf(row))));
    expect(settled.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    for (const row of settled) expect(await storedDelivery(platform, row)).toEqual(row);
    for (const row of rows) expect((await attemptsOf(row)).length).toBe(1);
  });

  test("a resend meanwhile is not overruled", async () => {
    const row = await inHand();
    const resent = await changed(row, { due_ms: 5000, lease_owner: null, lease_until_ms: null });
    const other = await inHand();
    const [settled] = await Promise.all([
      settler.settle(attemptedOf(row)),
      settler.settle(attemptedOf(other)),
    ]);
    expect(settled).toEqual({ ...resent, attempt_count: 1, version: resent.version + 1 });
    expect(await storedDelivery(platform, row)).toEqual(settled);
    expect((await attemptsOf(row)).length).toBe(1);
    expect(await storedDelivery(platform, other)).toMatchObject({ status: "succeeded" });
  });

  test("what another worker has taken over stays in its hands", async () => {
    const row = await inHand();
    const taken = await changed(row, { lease_owner: "other", lease_until_ms: 99 });
    await settler.settle(attemptedOf(row, { failure }));
    expect(await storedDelivery(platform, row)).toEqual({
      ...taken,
      attempt_count: 1,
      version: taken.version + 1,
    });
  });

  test("what was given up while it arrived has arrived", async () => {
    const row = await inHand();
    await changed(row, { due_ms: null, failure, lease_owner: null, status: "failed" });
    expect(await settler.settle(attemptedOf(row))).toMatchObject({
      due_ms: null,
      failure: null,
      status: "succeeded",
    });
  });

  test("a copy changes nothing but the count", async () => {
    const row = await inHand();
    const first = await settler.settle(attemptedOf(row));
    const second = await settler.settle(attemptedOf(first, { failure, isCopy: true }));
    expect(second).toMatchObject({ attempt_count: 2, failure: null, status: "succeeded" });
    expect((await attemptsOf(row)).length).toBe(2);
  });

  test("one that cannot be stored takes no other with it", async () => {
    const [bad, good] = [await inHand(), await inHand()];
    const results = await Promise.allSettled([
      settler.settle(attemptedOf(bad, { responseBody: "\ud800" })),
      settler.settle(attemptedOf(good)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await storedDelivery(platform, bad)).toEqual(bad);
    expect(await storedDelivery(platform, good)).toMatchObject({ status: "succeeded" });
  });
});
