/**
 * Held money: it moves nothing until it is captured, is captured once and no more than was held, and is let go when it
 * is refunded, when its rest is not captured, and when nobody captured it in time.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../../testing/platform.ts";
import { type EventRow, events } from "../../../webhooks/events/schema.ts";
import { retrieveBalance } from "../../balance/retrieve.ts";
import { balanceTransactions } from "../../balance/schema.ts";
import { createRefund } from "../../refunds/create.ts";
import { refundsOfCharge } from "../../refunds/of-charge.ts";
import { refundResource } from "../../refunds/resource.ts";
import type { RefundRow } from "../../refunds/schema.ts";
import { createCharge } from "../create/create.ts";
import { chargeResource } from "../resource.ts";
import { type CaptureCharge, type ChargeRow, charges } from "../schema.ts";
import { captureCharge } from "./capture.ts";
import { expireHolds } from "./expire.ts";

const newestEvents = defineQuery<{ accountId: string; after: number }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and position > ${param("after")} order by position`,
);

const sevenDays = 7 * 86_400;

describe.each(testEngines(inject("postgresUrl")))("held money on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const hold = (amount = 2000, source = "tok_visa", currency = "usd") =>
    createCharge(platform.context(), { amount, capture: false, currency, source });
  const capture = (id: string, parameters: CaptureCharge = {}) =>
    captureCharge(platform.context(), parameters, id);
  const refund = (id: string, amount?: number) =>
    createRefund(platform.context(), amount === undefined ? {} : { amount }, id);
  const shown = (row: ChargeRow) =>
    chargeResource.present(row, { now: platform.now }) as Record<string, unknown>;
  const now = async (id: string) => {
    const key = { account_id: platform.scope.accountId, id };
    const row = await platform.database.committed.get(charges, key);
    if (row === undefined) throw new Error("the charge is gone");
    return row;
  };
  const refundsOf = async (id: string) => {
    const { committed } = platform.database;
    const { rows } = await refundsOfCharge.load(committed, platform.scope, id);
    return rows as RefundRow[];
  };
  const told = async (after: number) => {
    const { accountId } = platform.scope;
    const found = await platform.database.committed.select(newestEvents, { accountId, after });
    return found.map(({ type, object_id: id }) => `${type} ${id}`);
  };
  /** What is owed in dollars, whether it is available yet or not. */
  const balanceUsd = async () => {
    const { available, pending } = await retrieveBalance(platform.context());
    const dollars = [...available, ...pending].filter(({ currency }) => currency === "usd");
    return dollars.reduce((sum, { amount }) => sum + amount, 0);
  };
  const expire = () =>
    expireHolds(platform, platform.scope, (_, error) => {
      throw error;
    });

  test("is authorized and not taken", async () => {
    const [balance, start] = [await balanceUsd(), platform.ids.position()];
    const charge = await hold();
    expect(shown(charge)).toMatchObject({
      amount: 2000,
      amount_captured: 0,
      balance_transaction: null,
      captured: false,
      paid: true,
      payment_method_details: {
        card: { amount_authorized: 2000, capture_before: charge.created + sevenDays },
      },
      refunded: false,
      status: "succeeded",
    });
    expect(await balanceUsd()).toBe(balance);
    expect(await told(start)).toEqual([`charge.succeeded ${charge.id}`]);
  });

  test("is captured once, and arrives less the fee", async () => {
    const { id } = await hold();
    const [balance, start] = [await balanceUsd(), platform.ids.position()];
    const charge = await capture(id, {
      receipt_email: "jenny@example.com",
      statement_descriptor_suffix: "TEA SHOP",
      transfer_group: "group",
    });
    expect(shown(charge)).toMatchObject({
      amount_captured: 2000,
      amount_refunded: 0,
      captured: true,
      receipt_email: "jenny@example.com",
      refunded: false,
      statement_descriptor_suffix: "TEA SHOP",
      transfer_group: "group",
    });
    expect(shown(charge)["payment_method_details"]).not.toHaveProperty("card.capture_before");
    expect(await balanceUsd()).toBe(balance + 1912);
    const key = { account_id: platform.scope.accountId, id: charge.balance_transaction ?? "" };
    expect(await platform.database.committed.get(balanceTransactions, key)).toMatchObject({
      amount: 2000,
      fee: 88,
      source: id,
      type: "charge",
    });
    expect(await told(start)).toEqual([`charge.captured ${id}`]);
    await expect(capture(id)).rejects.toMatchObject({
      details: { code: "charge_already_captured", isExecuted: true },
      message: `Charge ${id} has already been captured.`,
      status: 400,
    });
    expect(await balanceUsd()).toBe(balance + 1912);
  });

  test("that is captured in part lets go of the rest", async () => {
    const { id } = await hold();
    const [balance, start] = [await balanceUsd(), platform.ids.position()];
    const charge = await capture(id, { amount: 950 });
    expect(shown(charge)).toMatchObject({
      amount: 2000,
      amount_captured: 950,
      amount_refunded: 1050,
      captured: true,
      refunded: false,
    });
    expect(await balanceUsd()).toBe(balance + 892);
    const [released, ...others] = await refundsOf(id);
    expect(others).toEqual([]);
    expect(released).toMatchObject({
      amount: 1050,
      balance_transaction: null,
      due: null,
      status: "succeeded",
    });
    expect(await told(start)).toEqual([`charge.captured ${id}`, `refund.created ${released?.id}`]);
    await expect(refund(id, 951)).rejects.toMatchObject({
      message: "Refund amount ($9.51) is greater than unrefunded amount on charge ($9.50)",
    });
    await refund(id);
    expect(shown(await now(id))).toMatchObject({ amount_refunded: 2000, refunded: true });
  });

  test("is not captured beyond what is held, nor below what can be charged", async () => {
    const { id } = await hold();
    await expect(capture(id, { amount: 2001 })).rejects.toMatchObject({
      details: { code: "amount_too_large", param: "amount" },
      status: 400,
    });
    await expect(capture(id, { amount: 49 })).rejects.toMatchObject({
      details: { code: "amount_too_small", param: "amount" },
      status: 400,
    });
    await expect(capture("ch_unknown")).rejects.toMatchObject({
      details: { code: "resource_missing", param: "charge" },
      status: 404,
    });
    expect(shown(await now(id))).toMatchObject({ amount_captured: 0, captured: false });
  });

  test("is captured by one of twenty that race", async () => {
    const { id } = await hold();
    const [balance, start] = [await balanceUsd(), platform.ids.position()];
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => capture(id)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await balanceUsd()).toBe(balance + 1912);
    expect(await told(start)).toEqual([`charge.captured ${id}`]);
  });

  test("is let go by a refund, as a whole, and cannot be captured then", async () => {
    const { id } = await hold();
    const [balance, start] = [await balanceUsd(), platform.ids.position()];
    await expect(refund(id, 500)).rejects.toMatchObject({
      details: { param: "amount" },
      message:
        "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount",
      status: 400,
    });
    const released = await refund(id);
    expect(refundResource.present(released, { now: 0 })).toMatchObject({
      amount: 2000,
      balance_transaction: null,
      destination_details: { card: { type: "reversal" } },
      status: "succeeded",
    });
    expect(shown(await now(id))).toMatchObject({
      amount_captured: 0,
      amount_refunded: 2000,
      captured: false,
      refunded: true,
    });
    expect(await balanceUsd()).toBe(balance);
    expect(await told(start)).toEqual([`charge.refunded ${id}`, `refund.created ${released.id}`]);
    await expect(capture(id)).rejects.toMatchObject({
      details: { code: "charge_already_refunded" },
      status: 400,
    });
  });

  test("that was declined holds nothing", async () => {
    const failure = await hold(2000, "tok_chargeDeclined").catch((error) => error);
    const charge = await now(failure.details.charge);
    expect(charge.capture_before).toBeNull();
    await expect(capture(charge.id)).rejects.toMatchObject({ status: 400 });
  });

  test("arrives at once where the card skips the wait, and is charged more from abroad", async () => {
    const skipping = await hold(2000, "tok_bypassPending");
    const { available_on } = await transactionOf(await capture(skipping.id));
    expect(available_on).toBe(platform.now);
    const foreign = await hold(2000, "tok_de");
    expect((await transactionOf(await capture(foreign.id))).fee).toBe(118);
  });
  const transactionOf = async (charge: ChargeRow) => {
    const key = { account_id: platform.scope.accountId, id: charge.balance_transaction ?? "" };
    const row = await platform.database.committed.get(balanceTransactions, key);
    if (row === undefined) throw new Error("the charge has no balance transaction");
    return row;
  };

  test("that nobody captures is let go after seven days, once", async () => {
    const { id } = await hold();
    const captured = await capture((await hold()).id);
    const [balance, start] = [await balanceUsd(), platform.ids.position()];
    platform.now += sevenDays - 1;
    await expire();
    expect(await told(start)).not.toContain(`charge.expired ${id}`);
    platform.now += 1;
    await expect(capture(id)).rejects.toMatchObject({
      details: { code: "charge_expired_for_capture" },
      status: 400,
    });
    await Promise.all([expire(), expire()]);
    await expire();
    const [refunded, ...others] = await refundsOf(id);
    expect(others).toEqual([]);
    expect(refunded).toMatchObject({
      balance_transaction: null,
      reason: "expired_uncaptured_charge",
      status: "succeeded",
    });
    expect((await told(start)).filter((line) => line.includes(id))).toEqual([
      `charge.expired ${id}`,
    ]);
    expect(await told(start)).toContain(`refund.created ${refunded?.id}`);
    expect(shown(await now(id))).toMatchObject({
      amount_refunded: 2000,
      captured: false,
      refunded: true,
    });
    expect((await now(captured.id)).amount_refunded).toBe(0);
    expect(await balanceUsd()).toBe(balance);
  });
});
