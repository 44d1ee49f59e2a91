/**
 * Stripe's guide to saved cards with the official Node library: a customer keeps cards, pays with one, changes and
 * deletes them, under both of the names that the API has for them. Every answer also passes the contract check.
 */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

const covered = ["cards", "sources"].flatMap((kind) => [
  `GET /v1/customers/{customer}/${kind}`,
  `POST /v1/customers/{customer}/${kind}`,
  `GET /v1/customers/{customer}/${kind}/{id}`,
  `POST /v1/customers/{customer}/${kind}/{id}`,
  `DELETE /v1/customers/{customer}/${kind}/{id}`,
]);

describe.each(runs)("$name", (run) => {
  let opened: SdkRun;
  let stripe: Stripe;

  beforeAll(async () => {
    opened = await openRun(run, "cards");
    ({ stripe } = opened);
  });

  afterAll(() => opened.close(covered));

  test("a card is kept, read back, changed, listed and deleted, and the default follows", async () => {
    const customer = await stripe.customers.create({ email: "jenny@example.com" });
    const first = (await stripe.customers.createSource(customer.id, {
      source: "tok_visa",
    })) as Stripe.Card;
    expect(first).toMatchObject({
      brand: "Visa",
      customer: customer.id,
      cvc_check: "pass",
      last4: "4242",
      object: "card",
    });
    const second = await stripe.customers.createSource(customer.id, {
      metadata: { shelf: "top" },
      source: "tok_mastercard",
    });
    expect(second.metadata).toEqual({ shelf: "top" });
    const kept = await stripe.customers.retrieve(customer.id, {
      expand: ["sources", "default_source"],
    });
    expect(kept).toMatchObject({
      default_source: { id: first.id, object: "card" },
      sources: {
        data: [{ id: second.id }, { id: first.id }],
        has_more: false,
        object: "list",
        total_count: 2,
        url: `/v1/customers/${customer.id}/sources`,
      },
    });
    const changed = await stripe.customers.updateSource(customer.id, first.id, {
      address_city: "Berlin",
      exp_month: "1",
      exp_year: String(new Date().getUTCFullYear() + 3),
      metadata: { shelf: "low" },
      name: "Jenny Rosen",
    });
    expect(changed).toMatchObject({ address_city: "Berlin", exp_month: 1, name: "Jenny Rosen" });
    expect(await stripe.customers.retrieveSource(customer.id, first.id)).toEqual(changed);
    const listed = await stripe.customers.listSources(customer.id, { object: "card" });
    expect(listed.data.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(listed.url).toBe(`/v1/customers/${customer.id}/sources`);
    const accounts = await stripe.customers.listSources(customer.id, { object: "bank_account" });
    expect(accounts.data).toEqual([]);
    expect(await stripe.customers.deleteSource(customer.id, first.id)).toEqual({
      deleted: true,
      id: first.id,
      object: "card",
    });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({
      default_source: second.id,
    });
    expect(await refusalOf(stripe.customers.retrieveSource(customer.id, first.id))).toMatchObject({
      code: "resource_missing",
      param: "id",
      statusCode: 404,
    });
  });

  test("the same under the older name", async () => {
    const { id } = await stripe.customers.create({ source: "tok_amex" });
    const path = `/v1/customers/${id}/cards`;
    const made = await stripe.rawRequest("POST", path, { source: "tok_visa" });
    const cardId = (made as unknown as Stripe.Card).id;
    await stripe.rawRequest("POST", `${path}/${cardId}`, { name: "Jo" });
    const read = await stripe.rawRequest("GET", `${path}/${cardId}`);
    expect(read).toMatchObject({ id: cardId, name: "Jo", object: "card" });
    const list = await stripe.rawRequest("GET", `${path}?limit=1`);
    expect(list).toMatchObject({ data: [{ id: cardId }], has_more: true, url: path });
    const deleted = await stripe.rawRequest("DELETE", `${path}/${cardId}`);
    expect(deleted).toMatchObject({ deleted: true, id: cardId });
  });

  test("a declined card is refused with the field to blame, and nothing is kept", async () => {
    const { id } = await stripe.customers.create();
    const refused = await refusalOf(
      stripe.customers.createSource(id, { source: "tok_chargeDeclinedExpiredCard" }),
    );
    expect(refused).toMatchObject({
      code: "expired_card",
      message: "Your card has expired.",
      param: "exp_month",
      statusCode: 402,
      type: "StripeCardError",
    });
    expect(refused.charge).toBeUndefined();
    const unnamed = await refusalOf(stripe.customers.create({ source: "tok_chargeDeclined" }));
    expect(unnamed).toMatchObject({ code: "card_declined", param: "", statusCode: 402 });
    expect((await stripe.customers.listSources(id)).data).toEqual([]);
  });

  test("what is wrong is refused in Stripe's words", async () => {
    const { id } = await stripe.customers.create();
    expect(
      await refusalOf(stripe.customers.createSource("cus_none", { source: "tok_visa" })),
    ).toMatchObject({ message: "No such customer: 'cus_none'", param: "id", statusCode: 404 });
    expect(
      await refusalOf(stripe.customers.createSource(id, { source: "tok_none" })),
    ).toMatchObject({ message: "No such token: 'tok_none'", param: "source", statusCode: 400 });
    expect(await refusalOf(stripe.customers.deleteSource(id, "card_none"))).toMatchObject({
      message: "No such source: 'card_none'",
      param: "id",
      statusCode: 404,
    });
  });
});
