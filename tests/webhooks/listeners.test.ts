/**
 * Listeners fetch what others are sent, for applications that no address leads to: signed just so, woken by the commit,
 * and missing nothing, whoever is restarted.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { problemsOf } from "../support/event-check.ts";
import { type Answer, type Form, send, type Wire } from "../support/http.ts";
import { engines } from "../support/server.ts";
import { listed, openWorld, type World } from "./support/world.ts";

const path = "/v1/istripe/webhook_listeners";
const wakeMsMax = 200;
const listenersMax = 32;

interface ToForward extends Wire {
  readonly body: string & Wire["body"];
  readonly headers: Readonly<Record<string, string>>;
}

/** What is wrong with a delivery that was fetched, once it is forwarded as it is. */
function problemsWith(fetched: ToForward, secret: string): string[] {
  return problemsOf({ headers: fetched.headers, text: fetched.body }, secret);
}

describe.each(engines)("on %s", (engine) => {
  let world: World;
  let opened: string[] = [];
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(async () => {
    for (const id of new Set(opened)) {
      const { secretKey, url } = world.server();
      await send(url, { key: secretKey, method: "DELETE", path: `${path}/${id}` });
    }
    opened = [];
    await world.clear();
  });
  afterAll(() => world.close());

  const open = async (name: string, events: readonly string[] = ["*"]): Promise<Wire> => {
    const listener = await world.ask(path, { name, ...listed("enabled_events", events) });
    opened.push(listener.id);
    return listener;
  };
  const fetchFrom = async ({ id }: Wire, query = "timeout=0"): Promise<readonly ToForward[]> =>
    (await world.ask(`${path}/${id}/deliveries?${query}`)).data as readonly ToForward[];
  const report = (listener: Wire, delivery: Wire, result: Form): Promise<Answer> =>
    world.call(`${path}/${listener.id}/deliveries/${delivery.id}`, result);
  const makeEvent = (name = "Ada"): Promise<Wire> => world.ask("/v1/customers", { name });
  const latestEvent = async (): Promise<Wire> =>
    (await world.ask("/v1/events?limit=1")).data[0] as Wire;

  test("what is fetched is signed and verifies, and its result is recorded", async () => {
    const listener = await open("shop", ["customer.created"]);
    expect(listener).toEqual({
      enabled_events: ["customer.created"],
      expires_at: expect.closeTo(Date.now() / 1000 + 3600, -2),
      id: expect.stringMatching(/^whl_/),
      livemode: false,
      name: "shop",
      object: "istripe.webhook_listener",
      secret: expect.stringMatching(/^whsec_[0-9A-Za-z]{44}$/),
    });
    const customer = await makeEvent();
    await world.remove(`/v1/customers/${customer.id}`);
    const [delivery, ...others] = (await fetchFrom(listener)) as [ToForward];
    expect(others).toEqual([]);
    expect(problemsWith(delivery, String(listener["secret"]))).toEqual([]);
    expect(delivery).toMatchObject({
      attempt: 1,
      event_type: "customer.created",
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
      object: "istripe.webhook_delivery_to_forward",
    });
    const result = { duration_ms: 12, response_body: "thanks", status: 200 };
    const done = await report(listener, delivery, result);
    expect([done.status, done.body]).toMatchObject([200, { id: delivery.id, status: "succeeded" }]);
    const again = await report(listener, delivery, { status: 500 });
    expect(again.body).toEqual(done.body);
    const attempts = await world.attempts(delivery);
    expect(attempts).toMatchObject([
      { duration_ms: 12, outcome: "succeeded", response: { body: "thanks" }, status: 200 },
    ]);
    expect(await fetchFrom(listener)).toEqual([]);
  });

  test("what the application refused, or never saw, comes again when it is due", async () => {
    const listener = await open("shop");
    await makeEvent();
    const [first] = (await fetchFrom(listener)) as [ToForward];
    const refused = await report(listener, first, { status: 500 });
    expect(refused.body).toMatchObject({
      failure: { reason: "status", stage: "after" },
      status: "pending",
    });
    expect(await fetchFrom(listener)).toEqual([]);
    expect(await world.advance()).toBe(1);
    const [second] = (await fetchFrom(listener)) as [ToForward];
    expect(second).toMatchObject({ attempt: 2, id: first.id });
    const unseen = await report(listener, second, { error: "connect ECONNREFUSED" });
    expect(unseen.body["failure"]).toEqual({
      message: "The listener could not forward it: connect ECONNREFUSED",
      reason: "not_forwarded",
      stage: "during",
    });
    await world.advance();
    const [third] = (await fetchFrom(listener)) as [ToForward];
    expect((await report(listener, third, { status: 500 })).body).toMatchObject({
      attempt_count: 3,
      status: "failed",
    });
    expect(await world.advance()).toBe(0);
  });

  test("a listener that waits is woken by the commit", async () => {
    const listener = await open("shop");
    const lateMs: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const waiting = fetchFrom(listener, "timeout=10").then((found) => ({
        at: performance.now(),
        found,
      }));
      await new Promise((resolve) => setTimeout(resolve, 60));
      await makeEvent();
      const committedAt = performance.now();
      const { at, found } = await waiting;
      expect(found).toHaveLength(1);
      await report(listener, found[0] as Wire, { status: 200 });
      lateMs.push(at - committedAt);
    }
    const [, , median = Number.NaN] = lateMs.toSorted((a, b) => a - b);
    expect(median).toBeLessThan(wakeMsMax);
  });

  test("under its name a listener is the same again, and has missed nothing, over restarts of both", async () => {
    const listener = await open("shop");
    await makeEvent("before");
    // In the hands of a listener that dies.
    expect(await fetchFrom(listener)).toHaveLength(1);
    await world.restart();
    await makeEvent("meanwhile");
    const again = await open("shop");
    expect([again.id, again["secret"]]).toEqual([listener.id, listener["secret"]]);
    const found = await fetchFrom(again);
    const names = found.map(({ body }) => JSON.parse(body).data.object.name);
    expect(names).toEqual(["before", "meanwhile"]);
    for (const delivery of found) {
      expect(problemsWith(delivery, String(listener["secret"]))).toEqual([]);
    }
  });

  test("what a dead listener had in hand is handed out again when its lease is over, not before", async () => {
    const listener = await open("shop");
    await makeEvent();
    const [lost] = (await fetchFrom(listener)) as [ToForward];
    expect(await fetchFrom(listener)).toEqual([]);
    await world.store.query("update webhook_deliveries set lease_until_ms = $1 where id = $2", [
      Date.now() - 1,
      lost.id,
    ]);
    expect(await fetchFrom(listener)).toMatchObject([{ attempt: 1, id: lost.id }]);
  });

  test("a question that nobody hears the answer to takes nothing from the one after it", async () => {
    const listener = await open("shop");
    for (let turn = 0; turn < 3; turn += 1) {
      const unheard = fetchFrom(listener, "timeout=5");
      await new Promise((resolve) => setTimeout(resolve, 40));
      const heard = fetchFrom(await open("shop"), "timeout=5");
      await new Promise((resolve) => setTimeout(resolve, 40));
      await makeEvent();
      const found = await heard;
      expect([(await unheard).length, found.length]).toEqual([0, 1]);
      await report(listener, found[0] as Wire, { status: 200 });
    }
  });

  test("a listener counts as pending until it has taken the event, and says so to itself", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await makeEvent();
    expect(await latestEvent()).toMatchObject({ pending_webhooks: 2 });
    const [first] = (await fetchFrom(one)) as [ToForward];
    expect(JSON.parse(first.body)["pending_webhooks"]).toBe(2);
    await report(one, first, { status: 204 });
    const [second] = (await fetchFrom(two)) as [ToForward];
    expect(JSON.parse(second.body)["pending_webhooks"]).toBe(1);
    await report(two, second, { status: 204 });
    expect(await latestEvent()).toMatchObject({ pending_webhooks: 0 });
  });

  test("a closed listener is unknown, and what waited for it is over", async () => {
    const listener = await open("shop");
    await makeEvent();
    expect(await world.remove(`${path}/${listener.id}`)).toEqual({
      deleted: true,
      id: listener.id,
      object: "istripe.webhook_listener",
    });
    expect(await latestEvent()).toMatchObject({ pending_webhooks: 0 });
    expect(await world.deliveries(listener)).toMatchObject([
      { failure: { reason: "listener_closed" }, next_attempt_at: null, status: "failed" },
    ]);
    const fetched = await world.call(`${path}/${listener.id}/deliveries?timeout=0`);
    expect([fetched.status, fetched.body.error]).toMatchObject([
      404,
      { code: "resource_missing", message: `No such webhook listener: '${listener.id}'` },
    ]);
    const other = await open("shop");
    expect(other.id).not.toBe(listener.id);
    expect(other["secret"]).not.toBe(listener["secret"]);
  });

  test("an event that was forgotten while it waited is given up", async () => {
    const listener = await open("shop");
    await makeEvent();
    const { id } = await latestEvent();
    await world.store.query("delete from events where id = $1", [id]);
    // What was deleted past a server that runs may still be in its memory.
    await world.restart();
    expect(await fetchFrom(listener)).toEqual([]);
    expect(await world.deliveries(listener)).toMatchObject([
      { failure: { reason: "event_forgotten", stage: "before" }, status: "failed" },
    ]);
  });

  test("nobody fetches or settles what is another listener's, another mode's or an endpoint's", async () => {
    const [one, two] = [await open("one"), await open("two", ["topup.created"])];
    const shop = await world.endpoint();
    await makeEvent();
    await world.idle();
    const [mine] = (await fetchFrom(one)) as [ToForward];
    expect(await fetchFrom(two)).toEqual([]);
    expect((await report(two, mine, { status: 200 })).status).toBe(404);
    const [sent] = (await world.deliveries(shop)) as [Wire];
    expect((await report(one, sent, { status: 200 })).status).toBe(404);
    expect((await world.call(`${path}/${shop.id}/deliveries?timeout=0`)).status).toBe(404);
    expect((await world.call(`/v1/webhook_endpoints/${one.id}`)).status).toBe(404);
    const endpoints = await world.ask("/v1/webhook_endpoints");
    expect(endpoints.data.map(({ id }) => id)).toEqual([shop.id]);
    const { createApiKey, url } = world.server();
    const key = await createApiKey({ kind: "secret", livemode: true });
    const live = await send(url, { key, path: `${path}/${one.id}/deliveries?timeout=0` });
    expect(live.status).toBe(404);
    const namesake = await send(url, { form: { name: "one" }, key, path });
    expect([namesake.status, namesake.body["livemode"]]).toEqual([200, true]);
    expect(namesake.body.id).not.toBe(one.id);
  });

  test(`there are ${listenersMax} listeners at most, each under its own name`, async () => {
    for (let at = 0; at < listenersMax; at += 1) await open(`No. ${at}`);
    const refused = await world.call(path, { name: "one more" });
    expect([refused.status, refused.body.error["message"]]).toEqual([
      400,
      `You have reached the maximum of ${listenersMax} webhook listeners: close one first.`,
    ]);
    await open("No. 0");
  });
});
