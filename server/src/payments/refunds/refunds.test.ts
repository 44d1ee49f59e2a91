/**
 * Refunds: all of a charge's together never exceed it, each moves the balance by exactly its amount, and what a card
 * makes of one later comes true on the business clock.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { type EventRow, events } from "../../webhooks/events/schema.ts";
import { retrieveBalance } from "../balance/retrieve.ts";
import { balanceTransactions } from "../balance/schema.ts";
import { createCharge } from "../charges/create/create.ts";
import { chargeResource } from "../charges/resource.ts";
import { charges } from "../charges/schema.ts";
import { cancelRefund } from "./cancel.ts";
import { createRefund } from "./create.ts";
import { refundsOfCharge } from "./of-charge.ts";
import { refundResource } from "./resource.ts";
import { retrieveRefund } from "./retrieve.ts";
import { type CreateRefund, type RefundRow, refunds } from "./schema.ts";
import { settleDueRefunds } from "./settlement/due.ts";
import { updateRefund } from "./update.ts";

const newestEvents = defineQuery<{ accountId: string; after: number }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and position > ${param("after")} order by position`,
);

describe.each(testEngines(inject("postgresUrl")))("a refund on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const charge = (amount: number, source = "tok_visa", currency = "usd") =>
    createCharge(platform.context(), { amount, currency, description: "tea", source });
  const refund = (parameters: CreateRefund) => createRefund(platform.context(), parameters);
  const shown = (row: RefundRow) =>
    refundResource.present(row, { now: platform.now }) as Record<string, unknown>;
  const key = (id: string) => ({ account_id: platform.scope.accountId, id });
  const chargeNow = async (id: string) => {
    const row = await platform.database.committed.get(charges, key(id));
    if (row === undefined) throw new Error("the charge is gone");
    return row;
  };
  const told = async (after: number) => {
    const { accountId } = platform.scope;
    const found = await platform.database.committed.select(newestEvents, { accountId, after });
    return found.map(({ type, object_id: id }) => `${type} ${id}`);
  };
  const pendingUsd = async () =>
    (await retrieveBalance(platform.context())).pending.find(({ currency }) => currency === "usd")
      ?.amount ?? 0;
  const settle = () =>
    settleDueRefunds(platform, platform.scope, (_, error) => {
      throw error;
    });

  test("gives back all that is left, and no fee", async () => {
    const { id } = await charge(2000);
    const before = await pendingUsd();
    const start = platform.ids.position();
    const made = await refund({ charge: id, metadata: { why: "cold" }, reason: "duplicate" });
    expect(shown(made)).toMatchObject({
      amount: 2000,
      charge: id,
      currency: "usd",
      customer: null,
      destination_details: {
        card: {
          reference_status: "pending",
          reference_type: "acquirer_reference_number",
          type: "refund",
        },
        type: "card",
      },
      metadata: { why: "cold" },
      object: "refund",
      payment_intent: null,
      reason: "duplicate",
      status: "succeeded",
    });
    for (const absent of ["failure_reason", "failure_balance_transaction", "pending_reason"]) {
      expect(shown(made)).not.toHaveProperty(absent);
    }
    const transaction = await platform.database.committed.get(
      balanceTransactions,
      key(made.balance_transaction ?? ""),
    );
    expect(transaction).toMatchObject({
      amount: -2000,
      description: "REFUND FOR CHARGE (tea)",
      fee: 0,
      source: made.id,
      type: "refund",
    });
    expect(await pendingUsd()).toBe(before - 2000);
    const after = await chargeNow(id);
    expect(chargeResource.present(after, { now: platform.now })).toMatchObject({
      amount_refunded: 2000,
      fraud_details: {},
      refunded: true,
    });
    expect(await told(start)).toEqual([`charge.refunded ${id}`, `refund.created ${made.id}`]);
  });

  test("in parts leaves the rest, and is not whole before the last", async () => {
    const { id } = await charge(1000);
    await refund({ amount: 300, charge: id });
    expect(chargeResource.present(await chargeNow(id), { now: 0 })).toMatchObject({
      amount_refunded: 300,
      refunded: false,
    });
    const rest = await refund({ charge: id });
    expect(rest.amount).toBe(700);
    expect(chargeResource.present(await chargeNow(id), { now: 0 })).toMatchObject({
      amount_refunded: 1000,
      refunded: true,
    });
    const { rows, total } = await refundsOfCharge.load(
      platform.database.committed,
      platform.scope,
      id,
    );
    expect(rows.map((row) => (row as RefundRow).amount)).toEqual([700, 300]);
    expect(total).toBe(2);
  });

  test("of more than there is, or of nothing that is left, is refused in Stripe's words", async () => {
    const { id } = await charge(1000);
    await expect(refund({ amount: 1500, charge: id })).rejects.toMatchObject({
      details: { isExecuted: true, param: "amount" },
      message: "Refund amount ($15.00) is greater than charge amount ($10.00)",
      status: 400,
    });
    await refund({ amount: 500, charge: id });
    await expect(refund({ amount: 1500, charge: id })).rejects.toMatchObject({
      message: "Refund amount ($15.00) is greater than unrefunded amount on charge ($5.00)",
    });
    await refund({ charge: id });
    await expect(refund({ charge: id })).rejects.toMatchObject({
      details: { code: "charge_already_refunded", isExecuted: true },
      message: `Charge ${id} has already been refunded.`,
      status: 400,
    });
    expect((await chargeNow(id)).amount_refunded).toBe(1000);
  });

  test("needs a charge that is known, and that was paid", async () => {
    await expect(refund({})).rejects.toMatchObject({
      details: { code: "parameter_missing" },
      status: 400,
    });
    await expect(refund({ charge: "ch_unknown" })).rejects.toMatchObject({
      details: { code: "resource_missing", param: "charge" },
      message: "No such charge: 'ch_unknown'",
      status: 400,
    });
    await expect(refund({ payment_intent: "pi_unknown" })).rejects.toMatchObject({
      details: { code: "resource_missing", param: "payment_intent" },
      status: 400,
    });
    await expect(createRefund(platform.context(), {}, "ch_unknown")).rejects.toMatchObject({
      details: { code: "resource_missing", param: "id" },
      status: 404,
    });
    const declined = await charge(1000, "tok_chargeDeclined").catch((error) => error);
    await expect(refund({ charge: declined.details.charge })).rejects.toMatchObject({
      status: 400,
    });
  });

  test("a hundred at once never exceed the charge", async () => {
    const { id } = await charge(1000);
    const before = await pendingUsd();
    const start = platform.ids.position();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => refund({ amount: 70, charge: id })),
    );
    const done = outcomes.filter(({ status }) => status === "fulfilled");
    expect(done).toHaveLength(14);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        expect(outcome.reason).toMatchObject({ details: { param: "amount" }, status: 400 });
      }
    }
    expect((await chargeNow(id)).amount_refunded).toBe(980);
    expect(await pendingUsd()).toBe(before - 980);
    expect(await told(start)).toHaveLength(28);
    const { total } = await refundsOfCharge.load(platform.database.committed, platform.scope, id);
    expect(total).toBe(14);
  });

  test("because of fraud says so of the charge", async () => {
    const { id } = await charge(1000);
    await refund({ amount: 100, charge: id, reason: "fraudulent" });
    expect(chargeResource.present(await chargeNow(id), { now: 0 })).toMatchObject({
      fraud_details: { user_report: "fraudulent" },
    });
  });

  test("to a card that keeps it waiting is pending, and gets through when its time has come", async () => {
    const { id } = await charge(1000, "tok_pendingRefund");
    const made = await refund({ charge: id });
    expect(shown(made)).toMatchObject({ pending_reason: "processing", status: "pending" });
    expect(made.balance_transaction).not.toBeNull();
    const [balance, start] = [await pendingUsd(), platform.ids.position()];
    await settle();
    expect(await told(start)).toEqual([]);
    platform.now += 60;
    await Promise.all([settle(), settle()]);
    expect(await told(start)).toEqual([
      `refund.updated ${made.id}`,
      `charge.refund.updated ${made.id}`,
    ]);
    const after = await retrieveRefund(platform.database.committed, platform.context(), {
      chargeId: id,
      id: made.id,
    });
    expect(shown(after)).toMatchObject({ status: "succeeded" });
    expect(shown(after)).not.toHaveProperty("pending_reason");
    expect((await chargeNow(id)).amount_refunded).toBe(1000);
    expect(await pendingUsd()).toBe(balance);
  });

  test("to a card that is gone fails later: the money is back, and can be refunded again", async () => {
    const { id } = await charge(1000, "tok_refundFail");
    const balance = await pendingUsd();
    const made = await refund({ charge: id });
    expect(made.status).toBe("succeeded");
    const start = platform.ids.position();
    platform.now += 60;
    await Promise.all([settle(), settle()]);
    expect(await told(start)).toEqual([
      `refund.updated ${made.id}`,
      `charge.refund.updated ${made.id}`,
      `refund.failed ${made.id}`,
    ]);
    const after = await platform.database.committed.get(refunds, key(made.id));
    expect(after).toMatchObject({
      due: null,
      failure_reason: "expired_or_canceled_card",
      status: "failed",
    });
    const back = await platform.database.committed.get(
      balanceTransactions,
      key(after?.failure_balance_transaction ?? ""),
    );
    expect(back).toMatchObject({ amount: 1000, fee: 0, source: made.id, type: "refund_failure" });
    expect((await chargeNow(id)).amount_refunded).toBe(0);
    expect(await pendingUsd()).toBe(balance);
    expect((await refund({ charge: id })).amount).toBe(1000);
  });

  test("can be given other metadata, and nothing else", async () => {
    const { id } = await charge(1000);
    const made = await refund({ charge: id, metadata: { a: "1" } });
    const start = platform.ids.position();
    const path = { chargeId: id, id: made.id };
    const changed = await updateRefund(platform.context(), { metadata: { b: "2" } }, path);
    expect(changed.metadata).toEqual({ a: "1", b: "2" });
    await updateRefund(platform.context(), { metadata: { b: "2" } }, { ...path, chargeId: "" });
    expect(await told(start)).toEqual([
      `refund.updated ${made.id}`,
      `charge.refund.updated ${made.id}`,
    ]);
    await expect(cancelRefund(platform.context(), made.id)).rejects.toMatchObject({ status: 400 });
    await expect(cancelRefund(platform.context(), "re_unknown")).rejects.toMatchObject({
      message: "No such refund: 're_unknown'",
      status: 404,
    });
  });

  test("is unknown below another charge", async () => {
    const [one, other] = await Promise.all([charge(1000), charge(1000)]);
    const made = await refund({ charge: one.id });
    const path = { chargeId: other.id, id: made.id };
    const missing = { details: { code: "resource_missing" }, status: 404 };
    const { committed } = platform.database;
    await expect(retrieveRefund(committed, platform.context(), path)).rejects.toMatchObject(
      missing,
    );
    await expect(updateRefund(platform.context(), {}, path)).rejects.toMatchObject(missing);
  });
});
