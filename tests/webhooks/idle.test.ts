/**
 * Tests of a receiver need no sleeps: `idle` answers when there is nothing left to wait for, and says so when there is
 * not; `advance` makes the next attempt now. Live mode has neither.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { send } from "../support/http.ts";
import { engines } from "../support/server.ts";
import { openWorld, until, type World } from "./support/world.ts";

const helpers = "/v1/test_helpers/webhook_deliveries";

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const makeEvent = () => world.ask("/v1/customers", { name: "Ada" });

  test("with nothing to do the answer comes at once", async () => {
    const startedAt = performance.now();
    expect(await world.ask(`${helpers}/idle`)).toEqual({
      idle: true,
      object: "istripe.webhook_idle",
      pending: 0,
    });
    // It would wait for half a minute.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test("the answer comes after the last of a slow endpoint's, and all of it is stored by then", async () => {
    const shop = await world.endpoint();
    shop.answer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return 200;
    });
    for (let at = 0; at < 10; at += 1) await makeEvent();
    await world.idle();
    expect(shop.arrivals).toHaveLength(10);
    const statuses = (await world.deliveries(shop)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(["succeeded"]));
  });

  test("with something hanging the answer is no when the time is over", async () => {
    const shop = await world.endpoint();
    shop.answer(() => "hang");
    await makeEvent();
    await until("the event arrives", () => shop.arrivals[0]);
    const startedAt = performance.now();
    expect(await world.ask(`${helpers}/idle?timeout=1`)).toMatchObject({ idle: false, pending: 1 });
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(await world.ask(`${helpers}/idle?timeout=0`)).toMatchObject({ idle: false });
    await shop.close();
    await world.idle();
  });

  test("what waits for a retry is counted and not waited for", async () => {
    const shop = await world.endpoint();
    shop.answer(() => 500);
    await makeEvent();
    await makeEvent();
    expect(await world.ask(`${helpers}/idle?timeout=15`)).toMatchObject({ idle: true, pending: 2 });
    shop.answer(() => 200);
    expect(await world.ask(`${helpers}/advance`, {})).toEqual({
      deliveries: 2,
      object: "istripe.webhook_advance",
    });
    expect(await world.ask(`${helpers}/idle?timeout=15`)).toMatchObject({ idle: true, pending: 0 });
    expect(shop.arrivals).toHaveLength(4);
  });

  test("live mode has no such helpers, and a day of waiting is not to be had", async () => {
    const { createApiKey, url } = world.server();
    const key = await createApiKey({ kind: "secret", livemode: true });
    const asked = [
      await send(url, { key, path: `${helpers}/idle?timeout=0` }),
      await send(url, { form: {}, key, path: `${helpers}/advance` }),
    ];
    for (const { body, status } of asked) {
      expect([status, body.error["message"]]).toEqual([
        400,
        "Test helpers are for test mode only.",
      ]);
    }
    const long = await world.call(`${helpers}/idle?timeout=86400`);
    expect([long.status, long.body.error["param"]]).toEqual([400, "timeout"]);
  });
});
