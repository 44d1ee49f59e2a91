/**
 * Each attempt is kept as it was: what was asked, what was answered, how long it took, at which stage it failed and why.
 * Nothing of it shows a secret, and an endpoint that answers without end is read to a bound.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { send, type Wire } from "../support/http.ts";
import { engines } from "../support/server.ts";
import type { Arrival, Reply } from "./support/receiver.ts";
import { type Endpoint, openWorld, until, type World } from "./support/world.ts";

const shownMax = 8192;
const hugeBody = Buffer.alloc(4 * 1024 * 1024, "x");

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const makeEvent = (): Promise<Wire> => world.ask("/v1/customers", { name: "Ada" });
  const deliveryTo = async (shop: Endpoint): Promise<Wire> => {
    const [delivery] = await world.deliveries(shop);
    return delivery as Wire;
  };
  const attemptAt = async (shop: Endpoint): Promise<Wire> => {
    const [attempt] = await world.attempts(await deliveryTo(shop));
    return attempt as Wire;
  };

  test("an attempt that succeeded shows the request as it arrived, the answer and the time", async () => {
    const shop = await world.endpoint();
    const slowMs = 120;
    shop.answer(async () => {
      await new Promise((resolve) => setTimeout(resolve, slowMs));
      return { body: "thanks", headers: { "X-Shop": "7" }, status: 202 };
    });
    await makeEvent();
    await world.idle();
    const delivery = await deliveryTo(shop);
    const [attempt, ...others] = (await world.attempts(delivery)) as [Wire];
    const [{ headers, text }] = shop.arrivals as [Arrival];
    expect(others).toEqual([]);
    expect(attempt).toEqual({
      created: expect.closeTo(Date.now() / 1000, -2),
      delivery: delivery.id,
      diagnosis: null,
      duration_ms: expect.any(Number),
      faults: null,
      id: `wha_${delivery.id.slice("whd_".length)}_1`,
      livemode: false,
      message: null,
      number: 1,
      object: "istripe.webhook_attempt",
      outcome: "succeeded",
      reason: null,
      request: { body: text, headers: expect.any(Object), url: shop.url },
      response: { body: "thanks", headers: expect.objectContaining({ "x-shop": "7" }) },
      stage: "after",
      status: 202,
    });
    expect(attempt["duration_ms"]).toBeGreaterThanOrEqual(slowMs - 5);
    const sent = Object.entries((attempt["request"] as unknown as { headers: object }).headers);
    for (const [name, value] of sent) expect(headers[name.toLowerCase()]).toBe(value);
    expect(JSON.stringify(attempt)).not.toContain("whsec_");
  });

  test.each<{ reply: Reply; stage: string; reason: string; status: number | null }>([
    { reason: "status", reply: 500, stage: "after", status: 500 },
    { reason: "status", reply: 304, stage: "after", status: 304 },
    { reason: "reset", reply: "reset", stage: "during", status: null },
    {
      reason: "redirect",
      reply: { headers: { Location: "https://example.com/" }, status: 302 },
      stage: "after",
      status: 302,
    },
    {
      reason: "headers_too_large",
      reply: { headers: { "X-Long": "x".repeat(20_000) }, status: 200 },
      stage: "during",
      status: null,
    },
  ])("a failure says where and why: $reason at $stage ($status)", async (failing) => {
    const { reason, reply, stage, status } = failing;
    const shop = await world.endpoint();
    shop.answer(() => reply);
    await makeEvent();
    await world.idle();
    const attempt = await attemptAt(shop);
    expect(attempt).toMatchObject({ outcome: "failed", reason, stage, status });
    expect(attempt["message"]).toMatch(/^[A-Z].{20,}\.$/);
    // The query of a URL may hold a secret of the shop's.
    expect(attempt["message"]).not.toContain("shop=1");
    expect((await deliveryTo(shop))["failure"]).toEqual({
      message: attempt["message"],
      reason,
      stage,
    });
  });

  test("a user name and a password in an endpoint's URL are sent as HTTP's own, and no attempt shows them", async () => {
    const shop = await world.endpoint();
    const url = shop.url.replace("//", "//clerk:s3cr3t-word@");
    await world.ask(`/v1/webhook_endpoints/${shop.id}`, { url });
    await makeEvent();
    await world.idle();
    const [{ headers }] = shop.arrivals as [Arrival];
    const basic = Buffer.from("clerk:s3cr3t-word").toString("base64");
    expect(headers.authorization).toBe(`Basic ${basic}`);
    const attempt = await attemptAt(shop);
    expect(attempt).toMatchObject({ outcome: "succeeded", request: { url: shop.url } });
    expect(JSON.stringify(attempt)).not.toMatch(new RegExp(`s3cr3t-word|${basic}`));
  });

  test("an endpoint that is not there was sent nothing", async () => {
    const shop = await world.endpoint();
    await shop.close();
    await makeEvent();
    await world.idle();
    expect(await attemptAt(shop)).toMatchObject({
      outcome: "failed",
      reason: "connection_refused",
      response: null,
      stage: "before",
      status: null,
    });
  });

  test("an endpoint that hangs and then goes away may have the event all the same", async () => {
    const shop = await world.endpoint();
    shop.answer(() => "hang");
    await makeEvent();
    await until("the event arrives", () => shop.arrivals[0]);
    await shop.close();
    await world.idle();
    expect(await attemptAt(shop)).toMatchObject({
      reason: "reset",
      response: null,
      stage: "during",
    });
  });

  test("of a huge answer a piece is read, and the 2xx before it counts", async () => {
    const shop = await world.endpoint();
    shop.answer(() => ({ body: hugeBody, status: 200 }));
    await makeEvent();
    await world.idle();
    expect(await deliveryTo(shop)).toMatchObject({ status: "succeeded" });
    const { response } = (await attemptAt(shop)) as unknown as { response: { body: string } };
    expect(response.body).toBe("x".repeat(shownMax));
  });

  test("an answer of any bytes is kept as text", async () => {
    const shop = await world.endpoint();
    shop.answer(() => ({ body: Buffer.from([0, 0xff, 0x41, 0xf0, 0x9f]), status: 400 }));
    await makeEvent();
    await world.idle();
    const { response } = (await attemptAt(shop)) as unknown as { response: { body: string } };
    expect(response.body).toContain("A");
    expect(response.body).not.toContain("\0");
  });

  test("the attempts are all there, the latest first, each with what its own body said", async () => {
    const [shop, other] = [await world.endpoint(), await world.endpoint()];
    shop.answer((_, index) => (index === 0 ? 500 : 200));
    other.answer((_, index) => (index === 0 ? 500 : 200));
    await makeEvent();
    await world.idle();
    await world.advance();
    const attempts = await world.attempts(await deliveryTo(shop));
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [2, "succeeded"],
      [1, "failed"],
    ]);
    const bodies = attempts.map(
      (attempt) => (attempt["request"] as unknown as { body: string }).body,
    );
    expect(bodies).toEqual(shop.arrivals.map(({ text }) => text).toReversed());
  });

  test("deliveries are found by endpoint, event, status and date", async () => {
    const [good, bad] = [await world.endpoint(), await world.endpoint()];
    bad.answer(() => 500);
    await makeEvent();
    await world.idle();
    const event = good.arrivals[0]?.event.id ?? "";
    const found = async (query: string): Promise<unknown[]> => {
      const path = `/v1/istripe/webhook_deliveries?event=${event}&${query}`;
      return (await world.ask(path)).data.map(({ endpoint }) => endpoint);
    };
    expect((await found("")).toSorted()).toEqual([good.id, bad.id].toSorted());
    expect(await found("status=pending")).toEqual([bad.id]);
    expect(await found("status=succeeded")).toEqual([good.id]);
    expect(await found("status=failed")).toEqual([]);
    expect(await found(`endpoint=${bad.id}`)).toEqual([bad.id]);
    expect(await found("created[lt]=1000000")).toEqual([]);
    const unknown = await world.call("/v1/istripe/webhook_deliveries?status=lost");
    expect(unknown.status).toBe(400);
    const delivery = await deliveryTo(good);
    expect(await world.ask(`/v1/istripe/webhook_deliveries/${delivery.id}`)).toEqual(delivery);
  });

  test("what was sent in test mode is not to be found with a live key", async () => {
    const shop = await world.endpoint();
    await makeEvent();
    await world.idle();
    const { id } = await deliveryTo(shop);
    const { createApiKey, url } = world.server();
    const key = await createApiKey({ kind: "secret", livemode: true });
    for (const path of [id, `${id}/attempts`]) {
      const answer = await send(url, { key, path: `/v1/istripe/webhook_deliveries/${path}` });
      expect([answer.status, answer.body.error["code"]]).toEqual([404, "resource_missing"]);
    }
  });
});
