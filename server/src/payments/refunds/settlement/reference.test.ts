/**
 * The acquirer's reference of a refund becomes known later, once, for money that moved and for no other.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../../testing/platform.ts";
import { type EventRow, events } from "../../../webhooks/events/schema.ts";
import { createCharge } from "../../charges/create/create.ts";
import { createRefund } from "../create.ts";
import { refundResource } from "../resource.ts";
import { type RefundRow, refunds } from "../schema.ts";
import { settleDueRefunds } from "./due.ts";
import { acquirerReference } from "./reference.ts";

const eventsOf = defineQuery<{ accountId: string; id: string }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and object_id = ${param("id")} order by position`,
);

describe.each(testEngines(inject("postgresUrl")))("a refund's reference on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const refunded = async (source: string, capture = true) => {
    const made = { amount: 1000, capture, currency: "usd", source };
    const charge = await createCharge(platform.context(), made);
    return createRefund(platform.context(), { charge: charge.id });
  };
  const later = async (seconds: number) => {
    platform.now += seconds;
    await settleDueRefunds(platform, platform.scope, (_, error) => {
      throw error;
    });
  };
  const stored = async ({ account_id, id }: RefundRow): Promise<RefundRow> =>
    (await platform.database.committed.get(refunds, { account_id, id })) ?? expect.fail();
  const shown = async (refund: RefundRow) => {
    const row = await stored(refund);
    return refundResource.present(row, { now: platform.now }) as {
      status: string;
      destination_details: { card: Record<string, string> };
    };
  };

  test("is pending at first and available a day later, of which the account is told", async () => {
    const refund = await refunded("tok_visa");
    const pending = { reference_status: "pending", reference_type: "acquirer_reference_number" };
    expect((await shown(refund)).destination_details.card).toEqual({ ...pending, type: "refund" });
    await later(86_399);
    expect((await shown(refund)).destination_details.card).toEqual({ ...pending, type: "refund" });
    await later(1);
    const { card } = (await shown(refund)).destination_details;
    expect(card).toMatchObject({ reference_status: "available", type: "refund" });
    expect(card["reference"]).toMatch(/^7\d{22}$/);
    const { accountId } = platform.scope;
    const told = await platform.database.committed.select(eventsOf, { accountId, id: refund.id });
    expect(told.map(({ type }) => type)).toEqual([
      "refund.created",
      "refund.updated",
      "charge.refund.updated",
    ]);
    await later(7 * 86_400);
    expect((await stored(refund)).reference).toBe(card["reference"]);
  });

  test("of a refund that was pending comes after it got through", async () => {
    const refund = await refunded("tok_pendingRefund");
    for (let day = 0; day < 20; day++) await later(86_400);
    const { destination_details, status } = await shown(refund);
    expect(status).toBe("succeeded");
    expect(destination_details.card).toMatchObject({ reference_status: "available" });
  });

  test("is none of a refund that failed, nor of money that was only held", async () => {
    const [failed, released] = [
      await refunded("tok_refundFail"),
      await refunded("tok_visa", false),
    ];
    for (let day = 0; day < 20; day++) await later(86_400);
    expect(await stored(failed)).toMatchObject({ due: null, reference: null, status: "failed" });
    expect(await stored(released)).toMatchObject({ due: null, reference: null });
    expect((await shown(released)).destination_details.card).toEqual({ type: "reversal" });
  });
});

test("a reference tells the day, differs from any other, and ends with its check digit", () => {
  const newYear = Date.UTC(2027, 0, 1) / 1000;
  expect(acquirerReference(newYear, 42)).toMatch(/^70000007001000000000425?\d$/);
  expect(acquirerReference(newYear, 42)).toHaveLength(23);
  expect(acquirerReference(newYear, 42)).not.toBe(acquirerReference(newYear, 43));
  expect(acquirerReference(newYear + 365 * 86_400 - 1, 1).slice(7, 11)).toBe("7365");
});
