/**
 * Stripe's guide to customers with the official Node library: made, read, changed, listed and deleted, with what was
 * cleared, merged and left alone as documented. Every answer also passes the contract check, where there is one.
 */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRun, refusalOf, runs, type SdkRun } from "./sdk.ts";

const covered = [
  "POST /v1/customers",
  "GET /v1/customers",
  "GET /v1/customers/{customer}",
  "POST /v1/customers/{customer}",
  "DELETE /v1/customers/{customer}",
];

describe.each(runs)("$name", (run) => {
  let opened: SdkRun;
  let stripe: Stripe;

  beforeAll(async () => {
    opened = await openRun(run, "customers");
    ({ stripe } = opened);
  });

  afterAll(() => opened.close(covered));

  const address = { city: "Berlin", country: "DE", line1: "Torstr. 1", postal_code: "10119" };

  test("a customer is made, read back, changed and told of", async () => {
    const customer = await stripe.customers.create({
      address,
      description: "met at the fair",
      email: "jenny@example.com",
      invoice_settings: { custom_fields: [{ name: "VAT", value: "DE1" }], footer: "Thanks" },
      metadata: { order: "6735" },
      name: "Jenny Rosen",
      phone: "+49 30 1",
      preferred_locales: ["de", "en"],
      shipping: { address, name: "Jenny Rosen", phone: "+49 30 2" },
      tax_exempt: "reverse",
    });
    expect(customer).toMatchObject({
      address: { ...address, line2: null, state: null },
      email: "jenny@example.com",
      livemode: false,
      metadata: { order: "6735" },
      name: "Jenny Rosen",
      object: "customer",
      shipping: { address: { city: "Berlin" }, name: "Jenny Rosen" },
      tax_exempt: "reverse",
    });
    expect(JSON.stringify(await stripe.customers.retrieve(customer.id))).toBe(
      JSON.stringify(customer),
    );
    const changed = await stripe.customers.update(customer.id, {
      email: "",
      metadata: { order: "", size: "L" },
      name: "Jenny R.",
      shipping: "",
    });
    expect(changed).toMatchObject({
      address: { city: "Berlin" },
      email: null,
      metadata: { size: "L" },
      name: "Jenny R.",
      shipping: null,
    });
    const { data } = await stripe.events.list({ limit: 2 });
    expect(data.map(({ type }) => type)).toEqual(["customer.updated", "customer.created"]);
    expect(data[0]?.data.previous_attributes).toEqual({
      email: "jenny@example.com",
      metadata: { order: "6735", size: null },
      name: "Jenny Rosen",
      shipping: expect.objectContaining({ name: "Jenny Rosen" }),
    });
  });

  test("customers are listed newest first, by e-mail address in its own spelling, and paged", async () => {
    const made: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      made.unshift((await stripe.customers.create({ email: "Same@example.com" })).id);
    }
    const found = await stripe.customers.list({ email: "Same@example.com" });
    expect(found.data.map(({ id }) => id)).toEqual(made);
    expect((await stripe.customers.list({ email: "same@example.com" })).data).toEqual([]);
    const paged: string[] = [];
    for await (const { id } of stripe.customers.list({ email: "Same@example.com", limit: 2 })) {
      paged.push(id);
    }
    expect(paged).toEqual(made);
  });

  test("a deleted customer is shown as deleted, is in no list and cannot be changed", async () => {
    const { id } = await stripe.customers.create({ name: "Short Stay" });
    const stub = { deleted: true, id, object: "customer" };
    expect(await stripe.customers.del(id)).toEqual(stub);
    expect(await stripe.customers.retrieve(id)).toEqual(stub);
    const listed = await stripe.customers.list({ limit: 100 });
    expect(listed.data.map((customer) => customer.id)).not.toContain(id);
    expect(await refusalOf(stripe.customers.update(id, { name: "x" }))).toMatchObject({
      code: "resource_missing",
      message: `No such customer: '${id}'`,
      param: "id",
      statusCode: 404,
    });
    const last = await stripe.events.list({ limit: 1, type: "customer.deleted" });
    expect(last.data[0]?.data.object).toMatchObject({ id, name: "Short Stay", object: "customer" });
  });

  test("what is wrong is refused in Stripe's words", async () => {
    const refused = async (parameters: object) =>
      refusalOf(stripe.customers.create(parameters as Stripe.CustomerCreateParams));
    expect(await refused({ email: "foo" })).toMatchObject({
      code: "email_invalid",
      message: "Invalid email address: foo",
      param: "email",
    });
    expect(await refused({ emial: "a@example.com" })).toMatchObject({
      code: "parameter_unknown",
      message: "Received unknown parameter: emial. Did you mean email?",
      param: "emial",
    });
    expect(await refused({ tax_exempt: "perhaps" })).toMatchObject({
      message: "Invalid tax_exempt: must be one of none, exempt, or reverse",
      param: "tax_exempt",
    });
    expect(await refused({ shipping: { address } })).toMatchObject({
      code: "parameter_missing",
      message: "Missing required param: shipping[name].",
      param: "shipping[name]",
    });
    const { id } = await stripe.customers.create();
    const expanded = stripe.customers.retrieve(id, { expand: ["nonsense"] });
    expect(await refusalOf(expanded)).toMatchObject({
      message: "This property cannot be expanded (nonsense).",
      param: "expand",
    });
  });
});
