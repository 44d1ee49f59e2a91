/**
 * The life of a customer: everything about one is optional, a change touches what it names and is told of once, and a
 * deleted one leaves nothing behind that tells who it was.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import type { EventRow } from "../../webhooks/events/schema.ts";
import { events } from "../../webhooks/events/schema.ts";
import { createCustomer } from "./create.ts";
import { deleteCustomer } from "./delete.ts";
import { customerResource } from "./resource.ts";
import { type CustomerRow, customers, type UpdateCustomer } from "./schema.ts";
import { updateCustomer } from "./update.ts";

const eventsOf = defineQuery<{ accountId: string; id: string }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} and object_id = ${param("id")} order by position`,
);

describe.each(testEngines(inject("postgresUrl")))("a customer on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const create = (parameters: UpdateCustomer = {}) =>
    createCustomer(platform.context(), parameters);
  const update = (id: string, parameters: UpdateCustomer) =>
    updateCustomer(platform.context(), parameters, id);
  const told = async (id: string) =>
    (
      await platform.database.committed.select(eventsOf, {
        accountId: platform.scope.accountId,
        id,
      })
    ).map(({ type }) => type);
  const shown = (row: CustomerRow) =>
    customerResource.present(row, { now: platform.now }) as Record<string, unknown>;

  test("of whom nothing is known is empty in every field", async () => {
    const customer = await create();
    expect(shown(customer)).toMatchObject({
      address: null,
      balance: 0,
      currency: null,
      default_source: null,
      delinquent: false,
      description: null,
      email: null,
      invoice_settings: {
        custom_fields: null,
        default_payment_method: null,
        footer: null,
        rendering_options: null,
      },
      metadata: {},
      name: null,
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: "none",
    });
    expect(customer.id).toMatch(/^cus_[0-9A-Za-z]{24}$/);
    expect(customer.invoice_prefix).toMatch(/^[0-9A-Z]{8}$/);
    expect("business_name" in shown(customer)).toBe(false);
    expect(await told(customer.id)).toEqual(["customer.created"]);
  });

  test("keeps what an update does not name, and gives up what it names empty", async () => {
    const { id } = await create({
      address: { city: "Berlin", line1: "Torstr. 1" },
      email: "jenny@example.com",
      invoice_settings: { custom_fields: [{ name: "VAT", value: "1" }], footer: "Thanks" },
      metadata: { a: "1", b: "2" },
      name: "Jenny Rosen",
      preferred_locales: ["de", "en"],
      tax_exempt: "exempt",
    });
    const changed = await update(id, {
      address: { line1: "Torstr. 2" },
      email: null,
      invoice_settings: { footer: null },
      metadata: { a: "", c: "3" },
      preferred_locales: null,
      tax_exempt: null,
    });
    expect(shown(changed)).toMatchObject({
      // An address is one value: what the new one does not say is not known.
      address: { city: null, line1: "Torstr. 2" },
      email: null,
      invoice_settings: { custom_fields: [{ name: "VAT", value: "1" }], footer: null },
      metadata: { b: "2", c: "3" },
      name: "Jenny Rosen",
      preferred_locales: [],
      tax_exempt: "none",
    });
    expect((await update(id, { metadata: null })).metadata).toEqual({});
  });

  test("is told of once for each change, and not at all where nothing differs", async () => {
    const { id } = await create({ address: { city: "Berlin" }, name: "Jenny" });
    await update(id, { address: { city: "Berlin" }, name: "Jenny" });
    expect(await told(id)).toEqual(["customer.created"]);
    await update(id, { name: "Jenny Rosen" });
    expect(await told(id)).toEqual(["customer.created", "customer.updated"]);
  });

  test("keeps at most 50 metadata keys, counting those it has", async () => {
    const keys = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${from + at}`, "v"]));
    const { id } = await create({ metadata: keys(0, 49) });
    await update(id, { metadata: keys(49, 1) });
    await expect(update(id, { metadata: keys(50, 1) })).rejects.toMatchObject({
      details: { param: "metadata" },
      status: 400,
    });
    await update(id, { metadata: { k0: "", k50: "v" } });
  });

  test("has an invoice prefix of its own", async () => {
    const first = await create({ invoice_prefix: "BERLIN1" });
    await expect(create({ invoice_prefix: "BERLIN1" })).rejects.toMatchObject({
      details: { param: "invoice_prefix" },
      status: 400,
    });
    await expect(create({ invoice_prefix: "berlin" })).rejects.toMatchObject({ status: 400 });
    expect((await update(first.id, { invoice_prefix: "BERLIN1" })).version).toBe(1);
    const race = await Promise.allSettled(
      Array.from({ length: 10 }, () => create({ invoice_prefix: "ONLYONE" })),
    );
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("loses no change of fifty that race", async () => {
    const { id } = await create();
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => update(id, { metadata: { [`k${at}`]: "v" } })),
    );
    const row = await platform.database.committed.get(customers, {
      account_id: platform.scope.accountId,
      id,
    });
    expect(Object.keys(row?.metadata ?? {})).toHaveLength(50);
    expect(await told(id)).toHaveLength(51);
  });

  test("when deleted is no more than an id, and cannot be changed or deleted again", async () => {
    const { id } = await create({
      address: { city: "Berlin" },
      email: "jenny@example.com",
      metadata: { note: "likes tea" },
      name: "Jenny Rosen",
      phone: "+4930",
    });
    expect(await deleteCustomer(platform.context(), id)).toEqual({
      deleted: true,
      id,
      object: "customer",
    });
    const row = await platform.database.committed.get(customers, {
      account_id: platform.scope.accountId,
      id,
    });
    expect(JSON.stringify(row)).not.toMatch(/Berlin|jenny|tea|4930/i);
    const missing = {
      details: { code: "resource_missing", param: "id" },
      message: `No such customer: '${id}'`,
      status: 404,
    };
    await expect(update(id, { name: "x" })).rejects.toMatchObject(missing);
    await expect(deleteCustomer(platform.context(), id)).rejects.toMatchObject(missing);
    expect(await told(id)).toEqual(["customer.created", "customer.deleted"]);
  });
});
