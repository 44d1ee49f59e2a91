/**
 * Stripe's guide to search with the official Node library: by field, by metadata, page by page, and refused in Stripe's
 * words. The index is brought up to date beside the requests, so what was just made is waited for.
 */
import { setTimeout as pause } from "node:timers/promises";
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

const covered = ["GET /v1/customers/search", "GET /v1/charges/search"];
/** Stripe promises a minute. */
const boundMs = 20_000;

describe.each(runs)("$name", (run) => {
  let opened: SdkRun;
  let stripe: Stripe;

  beforeAll(async () => {
    opened = await openRun(run, "search");
    ({ stripe } = opened);
  });

  afterAll(() => opened.close(covered));

  /** What a query finds once it finds so many. @throws Error with what it found when it never does. */
  async function found<T>(
    search: () => PromiseLike<{ readonly data: readonly T[] }>,
    count: number,
  ): Promise<readonly T[]> {
    const end = performance.now() + boundMs;
    let data: readonly T[] = [];
    while (performance.now() < end) {
      ({ data } = await search());
      if (data.length === count) return data;
      await pause(200);
    }
    throw new Error(`a search should find ${count} and finds ${data.length}`);
  }

  test("customers are found by e-mail address, part of a name and metadata, and page by page", async () => {
    const made: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      const customer = await stripe.customers.create({
        email: "search@example.com",
        metadata: { team: "blue" },
        name: `Jenny Rosen ${at}`,
      });
      made.unshift(customer.id);
    }
    await stripe.customers.create({ email: "other@example.com", name: "Somebody Else" });
    const idsOf = (data: readonly { readonly id: string }[]) => data.map(({ id }) => id);
    const search = (query: string) => () => stripe.customers.search({ query });
    expect(idsOf(await found(search('email:"search@example.com"'), 3))).toEqual(made);
    expect(idsOf(await found(search('name~"rosen"'), 3))).toEqual(made);
    expect(idsOf(await found(search('metadata["team"]:"blue" AND name:"Rosen 1"'), 1))).toEqual([
      made[1],
    ]);
    expect(await found(search('-email:"search@example.com"'), 1)).toHaveLength(1);
    const first = await stripe.customers.search({
      expand: ["total_count"],
      limit: 2,
      query: 'metadata["team"]:"blue"',
    });
    expect(first).toMatchObject({
      has_more: true,
      object: "search_result",
      total_count: 3,
      url: "/v1/customers/search",
    });
    const second = await stripe.customers.search({
      limit: 2,
      page: first.next_page ?? "",
      query: 'metadata["team"]:"blue"',
    });
    expect([second.has_more, second.next_page]).toEqual([false, null]);
    expect([...idsOf(first.data), ...idsOf(second.data)]).toEqual(made);
    await stripe.customers.del(made[0] ?? "");
    expect(idsOf(await found(search('metadata["team"]:"blue"'), 2))).toEqual(made.slice(1));
  });

  test("charges are found by amount, state, card and metadata", async () => {
    const pay = (amount: number, source = "tok_visa") =>
      stripe.charges.create({ amount, currency: "usd", metadata: { order: `${amount}` }, source });
    const small = await pay(1000);
    const large = await pay(9000, "tok_mastercard");
    await stripe.refunds.create({ charge: small.id });
    const search = (query: string) => () => stripe.charges.search({ query });
    const only = async (query: string) => (await found(search(query), 1))[0]?.id;
    expect(await only("amount>5000")).toBe(large.id);
    expect(await only('metadata["order"]:"1000"')).toBe(small.id);
    expect(await only('payment_method_details.card.brand:"mastercard"')).toBe(large.id);
    expect(await only('refunded:"true"')).toBe(small.id);
    expect(await found(search('status:"succeeded" AND currency:"usd"'), 2)).toHaveLength(2);
  });

  test("what is wrong is refused in Stripe's words", async () => {
    const refused = (query: string) => refusalOf(stripe.customers.search({ query }));
    expect(await refused('nonsense:"x"')).toMatchObject({
      message:
        "Field `nonsense` is an unsupported search field for resource `customers`. See http://stripe.com/docs/search#query-fields-for-customers for a list of supported fields.",
      param: "query",
      statusCode: 400,
    });
    expect((await refused("nonsense")).message).toMatch(
      /^We were unable to parse your search query\./,
    );
    const pageless = refusalOf(stripe.customers.search({ page: "x", query: "created>1" }));
    expect((await pageless).statusCode).toBe(400);
  });
});
