/**
 * The sender is no way into the operator's network: what the policy of the mode does not allow is not connected to, which
 * the attempt says, and the receiver that was aimed at hears nothing. (Names that resolve to such addresses, and to other
 * ones the second time, are the sender's own tests'.)
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Form, send, type Wire } from "../support/http.ts";
import { engines } from "../support/server.ts";
import { startReceiver } from "./support/receiver.ts";
import { openWorld, until, type World } from "./support/world.ts";

describe.each(engines)("on %s", (engine) => {
  describe("where the operator does not allow private addresses", () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(engine, ["--webhook-private", "off"]);
    });
    afterEach(() => world.clear());
    afterAll(() => world.close());

    test.each([
      (port: string) => `http://127.0.0.1:${port}/`,
      (port: string) => `http://localhost:${port}/`,
      (port: string) => `http://[::ffff:127.0.0.1]:${port}/`,
      (port: string) => `http://2130706433:${port}/`,
      () => "http://169.254.169.254/latest/meta-data/",
      () => "http://10.0.0.1/",
    ])("%o is not connected to", async (urlAt) => {
      const shop = await world.endpoint();
      await world.ask(`/v1/webhook_endpoints/${shop.id}`, { url: urlAt(new URL(shop.url).port) });
      await world.ask("/v1/customers", { name: "Ada" });
      await world.idle();
      expect(shop.arrivals).toEqual([]);
      const [delivery] = await world.deliveries(shop);
      expect(delivery).toMatchObject({
        attempt_count: 1,
        failure: { reason: "address_refused", stage: "before" },
      });
    });
  });

  describe("in live mode", () => {
    let world: World;
    let key: string;
    beforeAll(async () => {
      world = await openWorld(engine, ["--webhook-private", "on"]);
      key = await world.server().createApiKey({ kind: "secret", livemode: true });
    });
    afterAll(() => world.close());
    const live = (path: string, form?: Form): Promise<Answer> =>
      send(world.server().url, { key, path, ...(form === undefined ? {} : { form }) });

    test("an endpoint without TLS is refused, when it is made and when it is moved", async () => {
      const events = { "enabled_events[]": "*" };
      const refused = await live("/v1/webhook_endpoints", {
        ...events,
        url: "http://example.com/",
      });
      expect([refused.status, refused.body.error]).toMatchObject([
        400,
        { code: "url_invalid", param: "url", type: "invalid_request_error" },
      ]);
      const made = await live("/v1/webhook_endpoints", {
        "enabled_events[]": "topup.created",
        url: "https://example.com/",
      });
      const moved = await live(`/v1/webhook_endpoints/${made.body.id}`, {
        url: "http://example.com/",
      });
      expect([moved.status, moved.body.error["code"]]).toEqual([400, "url_invalid"]);
    });

    test("private addresses are not connected to, whatever the operator allows for test mode", async () => {
      const receiver = await startReceiver();
      const { port } = new URL(receiver.url);
      const { body } = await live("/v1/webhook_endpoints", {
        "enabled_events[]": "*",
        url: `https://127.0.0.1:${port}/`,
      });
      await live("/v1/customers", { name: "Ada" });
      const path = `/v1/istripe/webhook_deliveries?endpoint=${body.id}`;
      const tried = await until("the first attempt", async () => {
        const [delivery] = (await live(path)).body.data as readonly Wire[];
        return delivery?.["attempt_count"] === 1 ? delivery : undefined;
      });
      expect(tried).toMatchObject({
        failure: { reason: "address_refused", stage: "before" },
        livemode: true,
        status: "pending",
      });
      const inSeconds = Number(tried["next_attempt_at"]) - Date.now() / 1000;
      expect(inSeconds).toBeGreaterThan(4 * 60);
      expect(inSeconds).toBeLessThan(6 * 60);
      expect(receiver.arrivals).toEqual([]);
      await receiver.close();
    });
  });
});
