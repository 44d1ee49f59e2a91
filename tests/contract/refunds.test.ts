/**
 * Stripe's guide to refunds with the official Node library: whole and in part, listed, changed, and every cent of them
 * in the balance. Every answer also passes the contract check, where there is one.
 */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

const covered = [
  "POST /v1/charges/{charge}",
  "GET /v1/refunds",
  "POST /v1/refunds",
  "GET /v1/refunds/{refund}",
  "POST /v1/refunds/{refund}",
  "GET /v1/charges/{charge}/refunds",
  "POST /v1/charges/{charge}/refunds",
  "GET /v1/charges/{charge}/refunds/{refund}",
  "POST /v1/charges/{charge}/refunds/{refund}",
  "GET /v1/account",
];

describe.each(runs)("$name", (run) => {
  let opened: SdkRun;
  let stripe: Stripe;

  beforeAll(async () => {
    opened = await openRun(run, "refunds");
    ({ stripe } = opened);
  });

  afterAll(() => opened.close(covered));

  const charge = (amount = 1000): Promise<Stripe.Charge> =>
    stripe.charges.create({ amount, currency: "usd", description: "Coffee", source: "tok_visa" });
  const pending = async (): Promise<number> =>
    (await stripe.balance.retrieve()).pending.reduce((sum, { amount }) => sum + amount, 0);

  test("a refund in part and then of the rest gives everything back but the fee", async () => {
    const before = await pending();
    const paid = await charge();
    const part = await stripe.refunds.create({
      amount: 400,
      charge: paid.id,
      metadata: { order: "1" },
      reason: "requested_by_customer",
    });
    expect(part).toMatchObject({
      amount: 400,
      charge: paid.id,
      currency: "usd",
      metadata: { order: "1" },
      object: "refund",
      reason: "requested_by_customer",
      status: "succeeded",
    });
    expect(await stripe.charges.retrieve(paid.id)).toMatchObject({
      amount_refunded: 400,
      refunded: false,
    });
    const rest = await stripe.refunds.create({ charge: paid.id });
    expect(rest.amount).toBe(600);
    const whole = await stripe.charges.retrieve(paid.id, { expand: ["refunds"] });
    expect(whole).toMatchObject({ amount_refunded: 1000, refunded: true });
    expect(whole.refunds?.data.map(({ id }) => id)).toEqual([rest.id, part.id]);
    const transaction = await stripe.balanceTransactions.retrieve(
      String(part.balance_transaction),
      { expand: ["source"] },
    );
    expect(transaction).toMatchObject({
      amount: -400,
      description: "REFUND FOR CHARGE (Coffee)",
      fee: 0,
      net: -400,
      source: { id: part.id, object: "refund" },
      type: "refund",
    });
    // 2.9 % and 30 cents of the charge are gone for good.
    expect((await pending()) - before).toBe(-59);
    const { data } = await stripe.events.list({ limit: 4 });
    expect(data.map(({ type }) => type).toSorted()).toEqual([
      "charge.refunded",
      "charge.refunded",
      "refund.created",
      "refund.created",
    ]);
  });

  test("more than is left is refused in Stripe's words, and nothing is moved", async () => {
    const paid = await charge();
    const tooMuch = (amount: number) =>
      refusalOf(stripe.refunds.create({ amount, charge: paid.id }));
    expect(await tooMuch(1500)).toMatchObject({
      message: "Refund amount ($15.00) is greater than charge amount ($10.00)",
      param: "amount",
      statusCode: 400,
    });
    await stripe.refunds.create({ amount: 500, charge: paid.id });
    expect(await tooMuch(600)).toMatchObject({
      message: "Refund amount ($6.00) is greater than unrefunded amount on charge ($5.00)",
    });
    await stripe.refunds.create({ charge: paid.id });
    expect(await tooMuch(1)).toMatchObject({
      code: "charge_already_refunded",
      message: `Charge ${paid.id} has already been refunded.`,
    });
    expect(await refusalOf(stripe.refunds.create({ charge: "ch_none" }))).toMatchObject({
      message: "No such charge: 'ch_none'",
      param: "charge",
      statusCode: 400,
    });
  });

  test("refunds are listed, changed and found below their charge, and nowhere else", async () => {
    const [paid, other] = [await charge(), await charge()];
    const path = `/v1/charges/${paid.id}/refunds`;
    const made = (await stripe.rawRequest("POST", path, {
      amount: 100,
    })) as unknown as Stripe.Refund;
    expect((await stripe.refunds.list({ charge: paid.id })).data).toHaveLength(1);
    const below = await stripe.rawRequest("GET", path);
    expect(below).toMatchObject({ data: [{ id: made.id }], has_more: false, url: path });
    expect(await stripe.rawRequest("GET", `${path}/${made.id}`)).toMatchObject({ id: made.id });
    await stripe.rawRequest("POST", `${path}/${made.id}`, { metadata: { a: "1" } });
    const changed = await stripe.refunds.update(made.id, { metadata: { b: "2" } });
    expect(changed.metadata).toEqual({ a: "1", b: "2" });
    expect((await stripe.refunds.retrieve(made.id)).metadata).toEqual({ a: "1", b: "2" });
    const elsewhere = stripe.rawRequest("GET", `/v1/charges/${other.id}/refunds/${made.id}`);
    expect(await refusalOf(elsewhere)).toMatchObject({ statusCode: 404 });
    expect((await refusalOf(stripe.refunds.cancel(made.id))).statusCode).toBe(400);
  });

  test("a charge's description, metadata and report are changed, and the rest is refused", async () => {
    const paid = await charge();
    const changed = await stripe.charges.update(paid.id, {
      description: "Tea",
      fraud_details: { user_report: "fraudulent" },
      metadata: { order: "2" },
      receipt_email: "jenny@example.com",
    });
    expect(changed).toMatchObject({
      description: "Tea",
      fraud_details: { user_report: "fraudulent" },
      metadata: { order: "2" },
      receipt_email: "jenny@example.com",
    });
    const refused = await refusalOf(
      stripe.charges.update(paid.id, { amount: 1 } as Stripe.ChargeUpdateParams),
    );
    expect(refused).toMatchObject({ code: "parameter_unknown", param: "amount" });
  });

  test("the account is that of the key", async () => {
    const { data } = await stripe.events.list({ limit: 1 });
    const account = (await stripe.rawRequest("GET", "/v1/account")) as unknown as Stripe.Account;
    expect(account).toMatchObject({
      charges_enabled: true,
      country: "US",
      default_currency: "usd",
      object: "account",
    });
    expect(account.id).toMatch(/^acct_/);
    expect(data).toHaveLength(1);
  });
});
