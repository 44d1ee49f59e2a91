/**
 * What a test may ask to go wrong goes wrong, for an endpoint or for one request's events, in test mode and nowhere else:
 * so that a receiver can be tried with duplicates, disorder, delays, losses and signatures that must be refused.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { refusalsOf } from "../support/event-check.ts";
import { type Form, send } from "../support/http.ts";
import { engines } from "../support/server.ts";
import type { Arrival } from "./support/receiver.ts";
import { type Endpoint, openWorld, type World } from "./support/world.ts";

const header = "istripe-webhook-faults";

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const makeEvent = (faults?: string) =>
    world.ask("/v1/customers", { name: "Ada" }, faults === undefined ? {} : { [header]: faults });
  const settle = (shop: Endpoint, form: Form) =>
    world.ask(`/v1/istripe/webhook_endpoints/${shop.id}/settings`, form);

  /** The fault, asked for in both ways. */
  const ways = (fault: string, value: string) => [
    { at: "the endpoint", request: undefined, settings: { [`faults[${fault}]`]: value } as Form },
    {
      at: "the request",
      request: `${fault}=${value === "true" ? 1 : value}`,
      settings: {} as Form,
    },
  ];

  test.each(ways("duplicate", "2"))(
    "duplicate, by $at: the same event comes three times",
    async (way) => {
      const shop = await world.endpoint({ settings: way.settings });
      await makeEvent(way.request);
      await world.idle();
      expect(shop.arrivals).toHaveLength(3);
      expect(new Set(shop.arrivals.map(({ event }) => event.id)).size).toBe(1);
      expect(await world.deliveries(shop)).toMatchObject([
        { attempt_count: 3, status: "succeeded" },
      ]);
    },
  );

  test.each(ways("drop", "1"))(
    "drop, by $at: the first attempt is lost, the next arrives",
    async (way) => {
      const shop = await world.endpoint({ settings: way.settings });
      await makeEvent(way.request);
      await world.idle();
      expect(shop.arrivals).toEqual([]);
      const [lost] = await world.deliveries(shop);
      expect(lost).toMatchObject({
        failure: { reason: "dropped", stage: "before" },
        status: "pending",
      });
      await world.advance();
      expect(shop.arrivals).toHaveLength(1);
    },
  );

  test.each(ways("tamper", "true"))(
    "tamper, by $at: the official libraries refuse it",
    async (way) => {
      const shop = await world.endpoint({ isVerified: false, settings: way.settings });
      await makeEvent(way.request);
      await world.idle();
      const [arrival] = shop.arrivals as [Arrival];
      const refusals = refusalsOf(arrival, shop.secret);
      expect(refusals.length).toBeGreaterThan(0);
      for (const refusal of refusals) expect(refusal).toContain("No signatures found matching");
      // Still the event: only a receiver that verifies nothing is fooled.
      expect(arrival.event).toMatchObject({ object: "event", type: "customer.created" });
    },
  );

  test.each(ways("expire_timestamp", "true"))(
    "expire_timestamp, by $at: the official libraries refuse it",
    async (way) => {
      const shop = await world.endpoint({ isVerified: false, settings: way.settings });
      await makeEvent(way.request);
      await world.idle();
      const refusals = refusalsOf(shop.arrivals[0] as Arrival, shop.secret);
      expect(refusals.length).toBeGreaterThan(0);
      for (const refusal of refusals)
        expect(refusal).toContain("Timestamp outside the tolerance zone");
    },
  );

  test.each(ways("delay", "300"))(
    "delay, by $at: the first attempt waits, and so does idle",
    async (way) => {
      const shop = await world.endpoint({ settings: way.settings });
      await makeEvent(way.request);
      const idle = await world.ask("/v1/test_helpers/webhook_deliveries/idle?timeout=0");
      expect(idle).toMatchObject({ idle: false, pending: 1 });
      expect(shop.arrivals).toEqual([]);
      const [waiting] = await world.deliveries(shop);
      expect(waiting).toMatchObject({ attempt_count: 0, status: "pending" });
      const inSeconds = Number(waiting?.["next_attempt_at"]) - Date.now() / 1000;
      expect(inSeconds).toBeGreaterThan(290);
      expect(inSeconds).toBeLessThan(302);
      expect(await world.advance()).toBe(1);
      expect(shop.arrivals).toHaveLength(1);
    },
  );

  test.each(ways("reorder", "true"))(
    "reorder, by $at: what is close together comes the other way round",
    async (way) => {
      const shop = await world.endpoint({ settings: way.settings });
      const { id: charge } = await world.ask("/v1/charges", {
        amount: 2000,
        currency: "usd",
        source: "tok_visa",
      });
      await world.idle();
      shop.arrivals.splice(0);
      const headers = way.request === undefined ? {} : { [header]: way.request };
      await world.ask("/v1/refunds", { charge }, headers);
      // They are held for half a second at most, which is not yet due.
      await world.advance();
      const told = shop.arrivals.map(({ event }) => event.id);
      const committed = (await world.ask(`/v1/events?limit=${told.length}`)).data.map(
        ({ id }) => id,
      );
      expect(told.length).toBeGreaterThan(1);
      // The list begins with the newest, as the receiver's did.
      expect(told).toEqual(committed);
    },
  );

  test("a request's faults are for its own events, and win over the endpoint's", async () => {
    const shop = await world.endpoint({ settings: { "faults[duplicate]": 3 } });
    await makeEvent("duplicate=1");
    await world.idle();
    expect(shop.arrivals).toHaveLength(2);
    await makeEvent();
    await world.idle();
    expect(shop.arrivals).toHaveLength(6);
    expect(await settle(shop, { faults: "" })).toMatchObject({ faults: null });
    await makeEvent();
    await world.idle();
    expect(shop.arrivals).toHaveLength(7);
  });

  test("several faults can be asked for at once", async () => {
    const shop = await world.endpoint();
    await makeEvent("drop=1, duplicate=1");
    await world.idle();
    expect(shop.arrivals).toHaveLength(0);
    await world.advance();
    expect(shop.arrivals).toHaveLength(2);
  });

  test("what is no fault is refused by a sentence that names them all, and does nothing", async () => {
    const shop = await world.endpoint();
    for (const faults of [
      "explode",
      "duplicate=11",
      "drop=-1",
      "tamper=0",
      "delay=",
      "tamper;drop",
    ]) {
      const { body, status } = await world.call(
        "/v1/customers",
        { name: "Ada" },
        { [header]: faults },
      );
      expect([faults, status, body.error]).toMatchObject([
        faults,
        400,
        {
          message:
            "The header Istripe-Webhook-Faults holds what is no fault: give some of delay=N, drop=N, duplicate=N, expire_timestamp, reorder, tamper, separated by commas.",
          type: "invalid_request_error",
        },
      ]);
    }
    const path = `/v1/istripe/webhook_endpoints/${shop.id}/settings`;
    const unknown = await world.call(path, { "faults[explode]": 1 });
    expect([unknown.status, unknown.body.error["code"]]).toEqual([400, "parameter_unknown"]);
    expect((await world.call(path, { "faults[duplicate]": 11 })).status).toBe(400);
    await world.idle();
    expect(shop.arrivals).toEqual([]);
  });

  test("live mode has no faults", async () => {
    const { createApiKey, url } = world.server();
    const key = await createApiKey({ kind: "secret", livemode: true });
    const headers = { [header]: "tamper" };
    const asked = await send(url, { form: { name: "Ada" }, headers, key, path: "/v1/customers" });
    expect([asked.status, asked.body.error["message"]]).toEqual([
      400,
      "The header Istripe-Webhook-Faults is for test mode only.",
    ]);
    const form = { "enabled_events[]": "topup.created", url: "https://example.com/webhooks" };
    const { body } = await send(url, { form, key, path: "/v1/webhook_endpoints" });
    const set = await send(url, {
      form: { "faults[tamper]": "true" },
      key,
      path: `/v1/istripe/webhook_endpoints/${body.id}/settings`,
    });
    expect([set.status, set.body.error]).toMatchObject([
      400,
      { message: "Faults are for test mode only.", param: "faults" },
    ]);
  });
});
