/**
 * Every event that a request makes is told once to each endpoint that asked for its type, signed, and to nobody else;
 * what did not happen is told to nobody.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addAccount, addKey } from "../support/accounts.ts";
import { type Form, send } from "../support/http.ts";
import { engines } from "../support/server.ts";
import { objectOf } from "./support/receiver.ts";
import { openWorld, type World } from "./support/world.ts";

const charge: Form = { amount: 2000, currency: "usd", source: "tok_visa" };

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  /** The ids of the newest events. */
  const latest = async (count: number): Promise<string[]> =>
    (await world.ask(`/v1/events?limit=${count}`)).data.map(({ id }) => id);

  test("each event of a customer, a charge, a decline and a refund arrives once, as GET shows it", async () => {
    const shop = await world.endpoint();
    const customer = await world.ask("/v1/customers", {
      email: "jenny@example.com",
      source: "tok_visa",
    });
    await world.ask(`/v1/customers/${customer.id}`, { name: "Jenny" });
    const paid = await world.ask("/v1/charges", {
      amount: 2000,
      currency: "usd",
      customer: customer.id,
    });
    const declined = await world.call("/v1/charges", { ...charge, source: "tok_chargeDeclined" });
    expect(declined.status).toBe(402);
    await world.ask("/v1/refunds", { charge: paid.id });
    await world.idle();
    expect(new Set(shop.types())).toEqual(
      new Set([
        "charge.failed",
        "charge.refunded",
        "charge.succeeded",
        "customer.created",
        "customer.source.created",
        "customer.updated",
        "refund.created",
      ]),
    );
    const told = shop.arrivals.map(({ event }) => event.id);
    expect(told.toSorted()).toEqual((await latest(told.length)).toSorted());
    expect(new Set(told).size).toBe(told.length);
    for (const { event } of shop.arrivals) {
      expect(event["pending_webhooks"]).toBe(1);
      const shown = await world.ask(`/v1/events/${event.id}`);
      expect(shown).toEqual({ ...event, pending_webhooks: 0 });
    }
  });

  test("a change of the account's settings is told with what was before, and no change is not", async () => {
    const shop = await world.endpoint();
    const path = "/v1/istripe/account";
    const { id } = await world.ask(path, { email: "before@example.com" });
    await world.ask(path, { email: "before@example.com" });
    await world.ask(path, {
      email: "after@example.com",
      "settings[payments][statement_descriptor]": "ROCKET",
    });
    await world.idle();
    expect(shop.types()).toEqual(["account.updated", "account.updated"]);
    const told = shop.arrivals.map(({ event }) => event["data"] as unknown);
    expect(told).toContainEqual({
      object: expect.objectContaining({ email: "after@example.com", id, object: "account" }),
      previous_attributes: {
        email: "before@example.com",
        settings: {
          card_payments: { statement_descriptor_prefix: null },
          payments: { statement_descriptor: null },
        },
      },
    });
  });

  test("a delivery looks as Stripe's does", async () => {
    const shop = await world.endpoint();
    await world.ask("/v1/customers", { name: "Zoë 🦊" });
    await world.idle();
    const [delivery] = await world.deliveries(shop);
    expect(shop.arrivals).toHaveLength(1);
    expect(shop.arrivals[0]?.path).toBe("/webhooks?shop=1");
    expect(shop.arrivals[0]?.headers).toMatchObject({
      "content-length": String(Buffer.byteLength(shop.arrivals[0]?.text ?? "")),
      "content-type": "application/json; charset=utf-8",
      host: new URL(shop.url).host,
      "istripe-attempt": "1",
      "istripe-delivery": delivery?.id,
      "stripe-signature": expect.stringMatching(/^t=\d{10},v1=[0-9a-f]{64}$/),
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    });
    expect(shop.arrivals[0]?.headers["webhook-id"]).toBeUndefined();
    expect(shop.arrivals[0]?.text).toContain("Zoë 🦊");
  });

  test("pending_webhooks counts the endpoints that have not taken the event yet", async () => {
    const [good, bad] = [await world.endpoint(), await world.endpoint()];
    bad.answer(() => 500);
    await world.ask("/v1/customers", { name: "Ada" });
    await world.idle();
    const [event = ""] = await latest(1);
    const pending = async () => (await world.ask(`/v1/events/${event}`))["pending_webhooks"];
    expect(await pending()).toBe(1);
    expect((await world.ask("/v1/events?limit=1")).data[0]?.["pending_webhooks"]).toBe(1);
    bad.answer(() => 200);
    expect(await world.advance()).toBe(1);
    expect(await pending()).toBe(0);
    expect(good.arrivals).toHaveLength(1);
    // Both were sent at once, so either may have been first; the retry knows that one is left.
    expect(good.arrivals[0]?.event["pending_webhooks"]).toBeOneOf([1, 2]);
    expect(bad.arrivals.map(({ event: told }) => told["pending_webhooks"]).at(-1)).toBe(1);
  });

  test("pending_webhooks is the number of endpoints as long as none has answered", async () => {
    const shops = [await world.endpoint(), await world.endpoint()];
    for (const shop of shops) shop.answer(() => 500);
    await world.ask("/v1/customers", { name: "Ada" });
    await world.idle();
    const counts = shops.map(({ arrivals }) => arrivals[0]?.event["pending_webhooks"]);
    expect(counts).toEqual([2, 2]);
    expect((await world.ask("/v1/events?limit=1")).data[0]?.["pending_webhooks"]).toBe(2);
  });

  test("an endpoint hears the types that it asked for, and hears of a change of the list at once", async () => {
    const created = await world.endpoint({ events: ["customer.created", "charge.failed"] });
    const deleted = await world.endpoint({ events: ["customer.deleted"] });
    const { id } = await world.ask("/v1/customers", { name: "Ada" });
    await world.ask(`/v1/customers/${id}`, { name: "Grace" });
    await world.idle();
    expect([created.types(), deleted.types()]).toEqual([["customer.created"], []]);
    await world.ask(`/v1/webhook_endpoints/${created.id}`, {
      "enabled_events[]": "customer.updated",
    });
    await world.ask(`/v1/customers/${id}`, { name: "Ida" });
    await world.remove(`/v1/customers/${id}`);
    await world.idle();
    expect([created.types(), deleted.types()]).toEqual([
      ["customer.created", "customer.updated"],
      ["customer.deleted"],
    ]);
  });

  test("another account's and the other mode's events are told to nobody here", async () => {
    const shop = await world.endpoint();
    const other = await addAccount(world.store);
    const server = world.server();
    const keys = [
      await server.createApiKey({ kind: "secret", livemode: true }),
      await addKey(world.store, other, { kind: "secret", livemode: false }),
      await addKey(world.store, other, { kind: "secret", livemode: true }),
    ];
    for (const key of keys) {
      const form = { name: "Somebody" };
      const made = await send(server.url, { form, key, path: "/v1/customers" });
      expect(made.status).toBe(200);
    }
    await world.idle();
    expect(shop.arrivals).toEqual([]);
    // Of an event of this account's test mode nobody else hears either.
    for (const key of keys) {
      const form = { "enabled_events[]": "*", url: "https://192.0.2.1/webhooks" };
      await send(server.url, { form, key, path: "/v1/webhook_endpoints" });
    }
    await world.ask("/v1/customers", { name: "Ada" });
    await world.idle();
    expect(shop.types()).toEqual(["customer.created"]);
    for (const key of keys) {
      const listedThere = await send(server.url, { key, path: "/v1/istripe/webhook_deliveries" });
      expect(listedThere.body.data).toEqual([]);
    }
  });

  test("what was refused and what is replayed under its key is not told", async () => {
    const shop = await world.endpoint();
    const headers = { "idempotency-key": `once-${engine}` };
    const paid = await world.ask("/v1/charges", charge, headers);
    const again = await world.call("/v1/charges", charge, headers);
    expect(again.headers["idempotent-replayed"]).toBe("true");
    const tooMuch = await world.call("/v1/refunds", { amount: 9999, charge: paid.id });
    expect(tooMuch.status).toBe(400);
    await world.idle();
    expect(shop.types()).toEqual(["charge.succeeded"]);
    const request = shop.arrivals[0]?.event["request"];
    expect(request).toMatchObject({ idempotency_key: `once-${engine}` });
  });

  test("a burst of requests tells each event once", async () => {
    const shop = await world.endpoint({ events: ["customer.created"] });
    const made = await Promise.all(
      Array.from({ length: 100 }, (_, at) => world.ask("/v1/customers", { name: `No. ${at}` })),
    );
    await world.idle();
    const told = shop.arrivals.map((arrival) => objectOf(arrival).id);
    expect(told.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });
});
