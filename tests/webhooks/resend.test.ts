/**
 * What was sent can be sent again: one delivery, one event to one endpoint or to all, or the events of a time, within
 * bounds. An endpoint that takes nothing is not resent to, and the other world's ids are unknown.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Form, Wire } from "../support/http.ts";
import { engines } from "../support/server.ts";
import { type Endpoint, openWorld, until, type World } from "./support/world.ts";

const replayMax = 1000;

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const makeEvent = async (): Promise<string> => {
    await world.ask("/v1/customers", { name: "Ada" });
    await world.idle();
    return (await world.ask("/v1/events?limit=1")).data[0]?.id ?? "";
  };
  const resendPath = ({ id }: Wire): string => `/v1/istripe/webhook_deliveries/${id}/resend`;
  const replay = (shop: Endpoint, form: Form): Promise<Wire> =>
    world.ask(`/v1/istripe/webhook_endpoints/${shop.id}/replay`, form);

  test("a delivery that was taken is sent again as the same delivery", async () => {
    const shop = await world.endpoint();
    const event = await makeEvent();
    const [delivery] = (await world.deliveries(shop)) as [Wire];
    expect(await world.ask(resendPath(delivery), {})).toMatchObject({
      id: delivery.id,
      object: "istripe.webhook_delivery",
      status: "pending",
    });
    await world.idle();
    expect(shop.arrivals.map(({ event: told }) => told.id)).toEqual([event, event]);
    expect(shop.arrivals.map(({ headers }) => headers["istripe-attempt"])).toEqual(["1", "2"]);
    expect(await world.deliveries(shop)).toMatchObject([
      { attempt_count: 2, id: delivery.id, status: "succeeded" },
    ]);
  });

  test("a delivery that failed for good is sent again", async () => {
    const shop = await world.endpoint();
    shop.answer((_, index) => (index < 3 ? 500 : 200));
    await makeEvent();
    await world.advance();
    await world.advance();
    const [failed] = (await world.deliveries(shop)) as [Wire];
    expect(failed["status"]).toBe("failed");
    await world.ask(resendPath(failed), {});
    await world.idle();
    expect(await world.deliveries(shop)).toMatchObject([{ attempt_count: 4, status: "succeeded" }]);
  });

  test("a resend is not spoilt by faults that the endpoint no longer has", async () => {
    const shop = await world.endpoint({
      isVerified: false,
      settings: { "faults[tamper]": "true" },
    });
    shop.answer(() => 400);
    await makeEvent();
    await world.ask(`/v1/istripe/webhook_endpoints/${shop.id}/settings`, { faults: "" });
    shop.answer(() => 200);
    const [delivery] = (await world.deliveries(shop)) as [Wire];
    await world.ask(resendPath(delivery), {});
    await world.idle();
    const [spoilt, sound] = shop.arrivals.map(({ text }) => text);
    expect(spoilt).not.toBe(sound);
    expect(await world.deliveries(shop)).toMatchObject([{ faults: null, status: "succeeded" }]);
  });

  test("an attempt that fails after a resend was taken, or the endpoint deleted, changes nothing", async () => {
    const [resent, deleted] = [await world.endpoint(), await world.endpoint()];
    for (const shop of [resent, deleted]) {
      shop.answer((_, index) => (index === 0 ? "hang" : 200));
    }
    await world.ask("/v1/customers", { name: "Ada" });
    for (const shop of [resent, deleted]) await until("it arrives", () => shop.arrivals[0]);
    const [delivery] = (await world.deliveries(resent)) as [Wire];
    await world.ask(resendPath(delivery), {});
    await until("the resend is taken", async () => {
      const [found] = await world.deliveries(resent);
      return found?.["status"] === "succeeded" ? found : undefined;
    });
    await world.remove(`/v1/webhook_endpoints/${deleted.id}`);
    await Promise.all([resent.close(), deleted.close()]);
    await world.idle();
    expect(await world.deliveries(resent)).toMatchObject([
      { attempt_count: 2, failure: null, next_attempt_at: null, status: "succeeded" },
    ]);
    expect(await world.deliveries(deleted)).toMatchObject([
      { failure: { reason: "endpoint_deleted" }, next_attempt_at: null, status: "failed" },
    ]);
    const [event] = (await world.ask("/v1/events?limit=1")).data;
    expect(event?.["pending_webhooks"]).toBe(0);
  });

  test("an event is told again to one endpoint, or to all that ask for its type", async () => {
    const shops = [await world.endpoint(), await world.endpoint()] as const;
    const quiet = await world.endpoint({ events: ["topup.created"] });
    const event = await makeEvent();
    const late = await world.endpoint();
    const answer = await world.ask(`/v1/events/${event}/retry`, { webhook_endpoint: shops[0].id });
    expect(answer).toMatchObject({ id: event, object: "event", pending_webhooks: 1 });
    await world.idle();
    expect([...shops, quiet, late].map(({ arrivals }) => arrivals.length)).toEqual([2, 1, 0, 0]);
    expect(await world.ask(`/v1/events/${event}/retry`, {})).toMatchObject({ pending_webhooks: 3 });
    await world.idle();
    expect([...shops, quiet, late].map(({ arrivals }) => arrivals.length)).toEqual([3, 2, 0, 1]);
    // Named, an endpoint is told of what it has not asked for.
    await world.ask(`/v1/events/${event}/retry`, { webhook_endpoint: quiet.id });
    await world.idle();
    expect(quiet.types()).toEqual(["customer.created"]);
    expect((await world.ask(`/v1/events/${event}`))["pending_webhooks"]).toBe(0);
  });

  test("a retry under its key is one retry, and its replay has the same bytes", async () => {
    const shop = await world.endpoint();
    const event = await makeEvent();
    const headers = { "idempotency-key": `retry-${engine}` };
    const path = `/v1/events/${event}/retry`;
    const first = await world.call(path, { webhook_endpoint: shop.id }, headers);
    await world.idle();
    const second = await world.call(path, { webhook_endpoint: shop.id }, headers);
    await world.idle();
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect(second.text).toBe(first.text);
    expect(shop.arrivals).toHaveLength(2);
  });

  test("an endpoint that is disabled, deleted or unknown is not resent to", async () => {
    const shop = await world.endpoint();
    const event = await makeEvent();
    const [delivery] = (await world.deliveries(shop)) as [Wire];
    const paths = {
      replay: `/v1/istripe/webhook_endpoints/${shop.id}/replay`,
      resend: resendPath(delivery),
      retry: `/v1/events/${event}/retry`,
    };
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { disabled: "true" });
    const disabled = `The webhook endpoint ${shop.id} is disabled: enable it first, with disabled=false.`;
    const tries: [string, Form][] = [
      [paths.retry, { webhook_endpoint: shop.id }],
      [paths.resend, {}],
      [paths.replay, { only: "all" }],
    ];
    for (const [path, form] of tries) {
      const { body, status } = await world.call(path, form);
      expect([path, status, body.error["message"]]).toEqual([path, 400, disabled]);
    }
    await world.remove(`/v1/webhook_endpoints/${shop.id}`);
    const resent = await world.call(paths.resend, {});
    expect([resent.status, resent.body.error["message"]]).toEqual([
      400,
      `The webhook endpoint ${shop.id} was deleted, so nothing can be sent to it.`,
    ]);
    const retried = await world.call(paths.retry, { webhook_endpoint: shop.id });
    expect([retried.status, retried.body.error]).toMatchObject([
      400,
      { code: "resource_missing", param: "webhook_endpoint" },
    ]);
    expect((await world.call(paths.replay, { only: "all" })).status).toBe(404);
    expect((await world.call("/v1/istripe/webhook_deliveries/whd_none/resend", {})).status).toBe(
      404,
    );
    await world.idle();
    expect(shop.arrivals).toHaveLength(1);
  });

  test("a replay tells what failed, what is missing, or all, of the types and the time asked for", async () => {
    const early = await world.ask("/v1/customers", { name: "before there was an endpoint" });
    const shop = await world.endpoint();
    shop.answer(({ event }) => (event["type"] === "customer.updated" ? 500 : 200));
    const { id } = await world.ask("/v1/customers", { name: "Ada" });
    await world.ask(`/v1/customers/${id}`, { name: "Grace" });
    await world.idle();
    await world.advance();
    await world.advance();
    shop.answer(() => 200);
    const told = (): string[] => shop.types().splice(0);
    const since = { "created[gte]": Number(early["created"]) };
    const types = { "types[]": "customer.updated" };
    shop.arrivals.splice(0);
    expect(await replay(shop, { only: "failed", ...since })).toEqual({
      deliveries: 1,
      endpoint: shop.id,
      object: "istripe.webhook_replay",
    });
    await world.idle();
    expect(told()).toEqual(["customer.updated"]);
    expect(await replay(shop, { only: "failed", ...since })).toMatchObject({ deliveries: 0 });
    shop.arrivals.splice(0);
    const missing = await replay(shop, { ...since });
    await world.idle();
    expect(shop.arrivals.some(({ text }) => text.includes("before there was an endpoint"))).toBe(
      true,
    );
    expect(missing["deliveries"]).toBe(shop.arrivals.length);
    expect(await replay(shop, { only: "missing", ...since })).toMatchObject({ deliveries: 0 });
    shop.arrivals.splice(0);
    expect(await replay(shop, { only: "all", ...since, ...types })).toMatchObject({
      deliveries: 1,
    });
    await world.idle();
    expect(told()).toEqual(["customer.updated"]);
    const long = { "created[gte]": 1, "created[lt]": 2 };
    expect(await replay(shop, { only: "all", ...long })).toMatchObject({ deliveries: 0 });
  });

  test(`a replay goes through ${replayMax} events at most`, async () => {
    const shop = await world.endpoint({ events: ["topup.created"] });
    await makeEvent();
    const columns =
      "livemode, type, object_kind, object_id, snapshot, previous, request_id, idempotency_key";
    await world.store.query(
      `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${replayMax + 1}),
        one as (select * from events order by position desc limit 1)
      insert into events (account_id, id, created, position, ${columns})
      select account_id, 'evt_copy' || n, 1000, 1000 + n, ${columns} from one, numbers`,
    );
    const path = `/v1/istripe/webhook_endpoints/${shop.id}/replay`;
    const tooMany = await world.call(path, { "created[lte]": 1000, only: "all" });
    expect([tooMany.status, tooMany.body.error]).toMatchObject([
      400,
      {
        message: `More than ${replayMax} events happened in this time: replay it in shorter parts.`,
        param: "created",
      },
    ]);
    await world.store.query("delete from events where id = 'evt_copy1'");
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { "enabled_events[]": "customer.created" });
    const replayed = await replay(shop, { "created[lte]": 1000, only: "all" });
    expect(replayed["deliveries"]).toBe(replayMax);
    await world.idle();
    const told = shop.arrivals.map(({ event }) => event.id);
    expect(new Set(told).size).toBe(replayMax);
    await world.store.query("delete from events where created = 1000");
  });
});
