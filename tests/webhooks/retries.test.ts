/**
 * What an endpoint did not take is told again on Stripe's schedule, as long as the endpoint is there and enabled, over a
 * restart of the server too; what nobody took in the end is seen to have failed.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Wire } from "../support/http.ts";
import { engines } from "../support/server.ts";
import { type Endpoint, openWorld, type World } from "./support/world.ts";

const minute = 60;
const shareOfJitter = 0.1;
/** Requests and clocks take a little. */
const slackSeconds = 5;

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const makeEvent = (name = "Ada"): Promise<Wire> => world.ask("/v1/customers", { name });
  /** The only delivery of the endpoint. */
  const only = async (shop: Endpoint): Promise<Wire> => {
    const found = await world.deliveries(shop);
    expect(found).toHaveLength(1);
    return found[0] as Wire;
  };
  const secondsToNext = ({ next_attempt_at: at }: Wire): number => Number(at) - Date.now() / 1000;
  const expectWait = (delivery: Wire, minutes: number): void => {
    const seconds = minutes * minute;
    expect(secondsToNext(delivery)).toBeGreaterThan(seconds * (1 - shareOfJitter) - slackSeconds);
    expect(secondsToNext(delivery)).toBeLessThan(seconds * (1 + shareOfJitter) + slackSeconds);
  };

  test("an event made while the endpoint is down arrives when it is up again", async () => {
    const shop = await world.endpoint();
    await shop.close();
    await makeEvent();
    await world.idle();
    const waiting = await only(shop);
    expect(waiting).toMatchObject({
      attempt_count: 1,
      failure: { reason: "connection_refused", stage: "before" },
      status: "pending",
    });
    expectWait(waiting, 30);
    await shop.open();
    expect(await world.advance()).toBe(1);
    expect(shop.types()).toEqual(["customer.created"]);
    expect(shop.arrivals[0]?.headers["istripe-attempt"]).toBe("2");
    expect(await only(shop)).toMatchObject({
      attempt_count: 2,
      failure: null,
      next_attempt_at: null,
      status: "succeeded",
    });
    expect(await world.advance()).toBe(0);
  });

  test("test mode gives up after three attempts, and says so", async () => {
    const shop = await world.endpoint();
    shop.answer(() => 500);
    await makeEvent();
    await world.idle();
    expectWait(await only(shop), 30);
    await world.advance();
    expectWait(await only(shop), 120);
    await world.advance();
    expect(await only(shop)).toMatchObject({
      attempt_count: 3,
      failure: { reason: "status", stage: "after" },
      next_attempt_at: null,
      status: "failed",
    });
    expect(await world.advance()).toBe(0);
    expect(shop.arrivals).toHaveLength(3);
    const events = await world.ask("/v1/events?limit=1");
    expect(events.data[0]?.["pending_webhooks"]).toBe(0);
    // Each attempt is signed anew over the same event.
    expect(new Set(shop.arrivals.map(({ text }) => text)).size).toBe(1);
  });

  test.each([
    { asked: "3000", seconds: 3000, why: "seconds are believed" },
    { asked: "604800", seconds: 3600, why: "a week is not believed" },
    { asked: "1", seconds: 1800, why: "nobody is hurried" },
    { asked: "soon", seconds: 1800, why: "nonsense is not read" },
  ])("Retry-After: $asked, because $why", async ({ asked, seconds }) => {
    const shop = await world.endpoint();
    shop.answer(() => ({ headers: { "Retry-After": asked }, status: 503 }));
    await makeEvent();
    await world.idle();
    expectWait(await only(shop), seconds / minute);
  });

  test("a disabled endpoint is sent nothing; one that is enabled again is told of what happens then", async () => {
    const shop = await world.endpoint();
    shop.answer(() => 500);
    await makeEvent("before");
    await world.idle();
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { disabled: "true" });
    shop.answer(() => 200);
    await makeEvent("meanwhile");
    await world.advance();
    expect(shop.arrivals).toHaveLength(1);
    expect(await only(shop)).toMatchObject({
      attempt_count: 1,
      failure: { reason: "endpoint_disabled", stage: "before" },
      status: "failed",
    });
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { disabled: "false" });
    await makeEvent("after");
    await world.idle();
    expect(shop.arrivals).toHaveLength(2);
    expect(shop.arrivals[1]?.text).toContain('"name": "after"');
  });

  test("an endpoint that failed often is told at once when it is enabled or moved", async () => {
    const shop = await world.endpoint();
    await shop.close();
    for (let at = 0; at < 13; at += 1) await makeEvent(`No. ${at}`);
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { disabled: "true" });
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { disabled: "false" });
    await world.idle();
    await shop.open();
    const startedAt = performance.now();
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { url: `${shop.url}&moved=1` });
    await makeEvent("after");
    await world.idle();
    expect(shop.arrivals.map(({ path }) => path)).toContain("/webhooks?shop=1&moved=1");
    expect(shop.arrivals.at(-1)?.text).toContain('"name": "after"');
    // What is not told at once is found when all rows are looked through, every two seconds.
    expect(performance.now() - startedAt).toBeLessThan(1900);
  });

  test("a deleted endpoint is sent nothing, and what waited for it is over", async () => {
    const shop = await world.endpoint();
    shop.answer(() => 500);
    await makeEvent();
    await world.idle();
    await world.remove(`/v1/webhook_endpoints/${shop.id}`);
    const pending = (await world.ask("/v1/events?limit=1")).data[0]?.["pending_webhooks"];
    expect(pending).toBe(0);
    expect(await only(shop)).toMatchObject({
      failure: { reason: "endpoint_deleted", stage: "before" },
      next_attempt_at: null,
      status: "failed",
    });
    await makeEvent();
    expect(await world.advance()).toBe(0);
    expect(shop.arrivals).toHaveLength(1);
  });

  test("what waits goes where the endpoint points when it is sent", async () => {
    const shop = await world.endpoint();
    const moved = await world.endpoint({ events: ["topup.created"], isVerified: false });
    shop.answer(() => 500);
    await makeEvent();
    await world.idle();
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { url: moved.url });
    await world.advance();
    expect([shop.arrivals.length, moved.types()]).toEqual([1, ["customer.created"]]);
    expect(await only(shop)).toMatchObject({ attempt_count: 2, status: "succeeded" });
  });

  test("what waited when the server stopped is sent after its next start", async () => {
    const shop = await world.endpoint();
    await shop.close();
    for (const name of ["one", "two", "three"]) await makeEvent(name);
    await world.idle();
    await world.restart();
    await shop.open();
    // Due while nobody is there to hear of it: only the start's own look finds it.
    await world.store.query("update webhook_deliveries set due_ms = 1 where status = 'pending'");
    await world.restart();
    await world.idle();
    expect(shop.types()).toEqual(Array.from({ length: 3 }, () => "customer.created"));
    for (const delivery of await world.deliveries(shop)) {
      expect(delivery).toMatchObject({ attempt_count: 2, status: "succeeded" });
    }
  });
});
