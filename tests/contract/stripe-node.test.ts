/**
 * A shop's life with the official Node library: a card becomes a token, a token becomes a charge, events and the balance
 * tell of it. Every answer also passes the contract check, where there is one.
 */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestServer } from "../support/server.ts";
import { clientOf, libraries, openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

test("the pinned library is installed", () => {
  expect(libraries.map(({ name }) => name)).toContain("stripe");
});

const nextYear = new Date().getUTCFullYear() + 1;
const card = {
  cvc: "123",
  exp_month: "12",
  exp_year: String(nextYear),
  number: "4242424242424242",
};

/** Stripe's operations of this server, as the contract names them. */
const covered = [
  "POST /v1/tokens",
  "GET /v1/tokens/{token}",
  "POST /v1/charges",
  "GET /v1/charges",
  "GET /v1/charges/{charge}",
  "GET /v1/events",
  "GET /v1/events/{id}",
  "GET /v1/balance",
  "GET /v1/balance_transactions",
  "GET /v1/balance_transactions/{id}",
];

describe.each(runs)("$name", (run) => {
  let server: TestServer;
  let opened: SdkRun;
  let stripe: Stripe;

  beforeAll(async () => {
    opened = await openRun(run, "node");
    ({ server, stripe } = opened);
  });

  afterAll(() => opened.close(covered));

  const charge = (more: Partial<Stripe.ChargeCreateParams> = {}): Promise<Stripe.Charge> =>
    stripe.charges.create({ amount: 2000, currency: "usd", source: "tok_visa", ...more });

  test("a card becomes a token, is read back, and the token's card is the charge's", async () => {
    const token = await stripe.tokens.create({ card: { ...card, name: "Jo" } });
    expect(token).toMatchObject({ livemode: false, object: "token", type: "card", used: false });
    expect(token.card).toMatchObject({
      brand: "Visa",
      country: "US",
      cvc_check: "unchecked",
      exp_year: nextYear,
      funding: "credit",
      last4: "4242",
      name: "Jo",
    });
    const read = await stripe.tokens.retrieve(token.id);
    expect(JSON.stringify(read)).toBe(JSON.stringify(token));
    const made = await charge({
      description: "Coffee",
      metadata: { order: "1" },
      source: token.id,
    });
    expect(made).toMatchObject({
      amount: 2000,
      amount_captured: 2000,
      captured: true,
      currency: "usd",
      description: "Coffee",
      metadata: { order: "1" },
      paid: true,
      status: "succeeded",
    });
    expect(made.payment_method_details?.card).toMatchObject({
      brand: "visa",
      checks: { cvc_check: "pass" },
      fingerprint: token.card?.fingerprint,
      last4: "4242",
    });
    expect(await stripe.charges.retrieve(made.id)).toEqual(
      expect.objectContaining({ id: made.id, status: "succeeded" }),
    );
    expect((await stripe.tokens.retrieve(token.id)).used).toBe(true);
  });

  test("a publishable key makes a token, and cannot charge it", async () => {
    const browser = clientOf(run.library, opened.url, server.publishableKey);
    const token = await browser.tokens.create({ card });
    const refused = await refusalOf(
      browser.charges.create({ amount: 100, currency: "usd", source: token.id }),
    );
    expect(refused).toMatchObject({ code: "secret_key_required", statusCode: 403 });
    expect(refused.type).toBe("StripePermissionError");
    expect(await charge({ source: token.id })).toMatchObject({ paid: true });
  });

  test("a token is used once", async () => {
    const token = await stripe.tokens.create({ card });
    await charge({ source: token.id });
    const refused = await refusalOf(charge({ source: token.id }));
    expect(refused).toMatchObject({
      code: "token_already_used",
      message: `You cannot use a Stripe token more than once: ${token.id}.`,
      statusCode: 400,
      type: "StripeInvalidRequestError",
    });
  });

  test("an unknown token is Stripe's 400, an unknown charge its 404", async () => {
    expect(await refusalOf(charge({ source: "tok_none" }))).toMatchObject({
      code: "resource_missing",
      message: "No such token: 'tok_none'",
      param: "source",
      statusCode: 400,
    });
    expect(await refusalOf(stripe.charges.retrieve("ch_none"))).toMatchObject({
      code: "resource_missing",
      message: "No such charge: 'ch_none'",
      param: "id",
      statusCode: 404,
    });
  });

  test("a charge that asks not to be captured is never captured silently", async () => {
    const result = await charge({ capture: false }).catch((error: unknown) => error);
    const { captured, code, statusCode } = result as Record<string, unknown>;
    // Either it is built, or it says that it is not.
    if (code === undefined) expect(captured).toBe(false);
    else expect([code, statusCode]).toEqual(["not_implemented", 501]);
  });

  test("pages walk every charge once, in both directions", async () => {
    const group = `walk-${Date.now()}`;
    const made: string[] = [];
    for (let count = 0; count < 7; count++) {
      made.unshift((await charge({ transfer_group: group })).id);
    }
    const forward: string[] = [];
    for await (const one of stripe.charges.list({ limit: 3, transfer_group: group })) {
      forward.push(one.id);
    }
    expect(forward).toEqual(made);
    const backward: string[] = [];
    const oldest = made.at(-1) ?? "";
    for await (const one of stripe.charges.list({
      ending_before: oldest,
      limit: 2,
      transfer_group: group,
    })) {
      backward.push(one.id);
    }
    expect(backward).toEqual(made.slice(0, -1).toReversed());
  });

  test("a page says whether there is more in its own direction, and is newest first both ways", async () => {
    const group = `page-${Date.now()}`;
    const made: string[] = [];
    for (let count = 0; count < 4; count++) {
      made.unshift((await charge({ transfer_group: group })).id);
    }
    const list = async (more: Stripe.ChargeListParams) => {
      const page = await stripe.charges.list({ transfer_group: group, ...more });
      return { ids: page.data.map(({ id }) => id), more: page.has_more, url: page.url };
    };
    const [first = "", second = "", third = "", fourth = ""] = made;
    const url = "/v1/charges";
    expect(await list({ limit: 2 })).toEqual({ ids: [first, second], more: true, url });
    expect(await list({ limit: 2, starting_after: second })).toEqual({
      ids: [third, fourth],
      more: false,
      url,
    });
    expect(await list({ ending_before: fourth, limit: 2 })).toEqual({
      ids: [second, third],
      more: true,
      url,
    });
    expect(await list({ ending_before: first, limit: 2 })).toEqual({ ids: [], more: false, url });
  });

  test("a cursor that is unknown, and two cursors at once, are refused", async () => {
    expect(await refusalOf(stripe.charges.list({ starting_after: "ch_none" }))).toMatchObject({
      code: "resource_missing",
      param: "starting_after",
      statusCode: 400,
    });
    const { id } = await charge();
    const both = { ending_before: id, starting_after: id };
    expect(await refusalOf(stripe.charges.list(both))).toMatchObject({ statusCode: 400 });
    for (const limit of [0, 101]) {
      expect(await refusalOf(stripe.charges.list({ limit }))).toMatchObject({
        code: "parameter_invalid_integer",
        param: "limit",
      });
    }
  });

  test("lists are filtered by creation", async () => {
    const { created } = await charge();
    expect((await stripe.charges.list({ created: { gt: created + 100 } })).data).toEqual([]);
    expect((await stripe.charges.list({ created: { gte: created } })).data.length).toBeGreaterThan(
      0,
    );
    expect((await stripe.charges.list({ created })).data.length).toBeGreaterThan(0);
  });

  test("an event tells of the charge, with the key of its request", async () => {
    const idempotencyKey = `event-${Date.now()}`;
    const made = await stripe.charges.create(
      { amount: 700, currency: "eur", source: "tok_visa" },
      { idempotencyKey },
    );
    const { data } = await stripe.events.list({ limit: 5, type: "charge.succeeded" });
    const event = data.find((one) => (one.data.object as Stripe.Charge).id === made.id);
    expect(event).toMatchObject({
      api_version: "2026-08-26.dahlia",
      livemode: false,
      object: "event",
      request: { id: made.lastResponse.requestId, idempotency_key: idempotencyKey },
      type: "charge.succeeded",
    });
    const read = await stripe.events.retrieve(event?.id ?? "");
    expect(JSON.stringify(read.data.object)).toBe(JSON.stringify(made));
  });

  test("events are filtered by type, by several types and by a kind", async () => {
    await charge();
    await refusalOf(charge({ source: "tok_chargeDeclined" }));
    const types = async (filter: Stripe.EventListParams): Promise<Set<string>> => {
      const { data } = await stripe.events.list({ limit: 100, ...filter });
      return new Set(data.map(({ type }) => type));
    };
    expect(await types({ type: "charge.failed" })).toEqual(new Set(["charge.failed"]));
    const both = new Set(["charge.failed", "charge.succeeded"]);
    expect(await types({ types: ["charge.failed", "charge.succeeded"] })).toEqual(both);
    expect(await types({ type: "charge.*" })).toEqual(both);
    expect(await types({ type: "customer.created" })).toEqual(new Set());
  });

  test("the balance is what its transactions add up to", async () => {
    const before = await stripe.balance.retrieve();
    const total = ({ available, pending }: Stripe.Balance): number =>
      [...available, ...pending]
        .filter(({ currency }) => currency === "gbp")
        .reduce((sum, { amount }) => sum + amount, 0);
    const made = await charge({ amount: 10_000, currency: "gbp" });
    const transaction = await stripe.balanceTransactions.retrieve(
      made.balance_transaction as string,
    );
    expect(transaction).toMatchObject({
      amount: 10_000,
      currency: "gbp",
      fee: 320,
      net: 9680,
      source: made.id,
      status: "pending",
      type: "charge",
    });
    expect(total(await stripe.balance.retrieve()) - total(before)).toBe(9680);
    const { data } = await stripe.balanceTransactions.list({ source: made.id });
    expect(data).toEqual([transaction]);
  });

  test("a card whose funds are available at once skips the pending balance", async () => {
    const available = async (): Promise<number> =>
      (await stripe.balance.retrieve()).available.find(({ currency }) => currency === "nok")
        ?.amount ?? 0;
    const before = await available();
    await charge({ amount: 10_000, currency: "nok", source: "tok_bypassPending" });
    expect((await available()) - before).toBe(9680);
  });

  test("what was an id is an object once it is expanded, in lists too", async () => {
    const made = await charge({ expand: ["balance_transaction"] });
    const transaction = made.balance_transaction as Stripe.BalanceTransaction;
    expect(transaction).toMatchObject({ object: "balance_transaction", source: made.id });
    const { data } = await stripe.charges.list({ expand: ["data.balance_transaction"], limit: 1 });
    expect(data[0]?.balance_transaction).toEqual(transaction);
    const deep = await stripe.charges.retrieve(made.id, {
      expand: ["balance_transaction.source"],
    });
    const inner = (deep.balance_transaction as Stripe.BalanceTransaction).source as Stripe.Charge;
    expect(inner).toMatchObject({ balance_transaction: transaction.id, id: made.id });
    for (const expand of [["nothing"], ["id"], ["a.b.c.d.e"]]) {
      expect(await refusalOf(stripe.charges.retrieve(made.id, { expand }))).toMatchObject({
        param: "expand",
        statusCode: 400,
      });
    }
  });

  test("an idempotency key gives one charge and the same answer again", async () => {
    const idempotencyKey = `twice-${Date.now()}`;
    const parameters = { amount: 900, currency: "usd", source: "tok_visa" };
    const first = await stripe.charges.create(parameters, { idempotencyKey });
    const second = await stripe.charges.create(parameters, { idempotencyKey });
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(second.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(second.lastResponse.headers["original-request"]).toBe(first.lastResponse.requestId);
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    const other = await refusalOf(
      stripe.charges.create({ ...parameters, amount: 901 }, { idempotencyKey }),
    );
    expect(other).toMatchObject({ statusCode: 400, type: "StripeIdempotencyError" });
  });

  test("bad keys are authentication errors", async () => {
    for (const key of ["sk_test_wrong", "sk_live_wrong", "nonsense"]) {
      const refused = await refusalOf(clientOf(run.library, opened.url, key).balance.retrieve());
      expect(refused).toMatchObject({ statusCode: 401, type: "StripeAuthenticationError" });
      expect(refused.message).toMatch(/^Invalid API Key provided: /);
      expect(refused.message).not.toContain(key);
    }
  });

  test("what is not built says so, and the library does not try again", async () => {
    const patient = clientOf(run.library, opened.url, server.secretKey);
    const refused = await refusalOf(
      patient.paymentIntents.create({ amount: 100, currency: "usd" }, { maxNetworkRetries: 2 }),
    );
    expect(refused).toMatchObject({ code: "not_implemented", statusCode: 501 });
    expect(refused.headers?.["stripe-should-retry"]).toBe("false");
  });
});
