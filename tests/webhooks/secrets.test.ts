/**
 * The secrets that sign: one, two during a roll, one again; in Stripe's scheme always, in that of Standard Webhooks where
 * the endpoint asks for it.
 */
import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { refusalsOf } from "../support/event-check.ts";
import type { Wire } from "../support/http.ts";
import { engines } from "../support/server.ts";
import type { Arrival } from "./support/receiver.ts";
import { type Endpoint, openWorld, until, type World } from "./support/world.ts";

/** As standardwebhooks.com says, from nothing of iStripe's. */
function isStandardSignature({ headers, text }: Arrival, secret: string): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
  const expected = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  return String(headers["webhook-signature"]).split(" ").includes(expected);
}

const signaturesIn = ({ headers }: Arrival): number =>
  String(headers["stripe-signature"]).split(",v1=").length - 1;

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const own = (shop: Endpoint, what: string): string =>
    `/v1/istripe/webhook_endpoints/${shop.id}/${what}`;
  const roll = (shop: Endpoint, form: { expires_in?: number } = {}): Promise<Wire> =>
    world.ask(own(shop, "roll_secret"), form);
  const nextArrival = async (shop: Endpoint): Promise<Arrival> => {
    const count = shop.arrivals.length;
    await world.ask("/v1/customers", { name: "Ada" });
    await world.idle();
    expect(shop.arrivals).toHaveLength(count + 1);
    return shop.arrivals.at(-1) as Arrival;
  };

  test("while a secret is rolled both verify, and after it the new one alone", async () => {
    const shop = await world.endpoint({ isVerified: false });
    const before = await nextArrival(shop);
    expect([signaturesIn(before), refusalsOf(before, shop.secret)]).toEqual([1, []]);
    const rolled = await roll(shop, { expires_in: 2 });
    const secret = String(rolled["secret"]);
    expect(rolled).toEqual({
      id: shop.id,
      object: "istripe.webhook_secret",
      previous_secret_expires_at: expect.closeTo(Date.now() / 1000 + 2, -1),
      secret: expect.stringMatching(/^whsec_[0-9A-Za-z]{44}$/),
    });
    expect(secret).not.toBe(shop.secret);
    const during = await nextArrival(shop);
    expect(signaturesIn(during)).toBe(2);
    expect([refusalsOf(during, shop.secret), refusalsOf(during, secret)]).toEqual([[], []]);
    const after = await until("the old secret no longer signs", async () => {
      const arrival = await nextArrival(shop);
      return signaturesIn(arrival) === 1 ? arrival : undefined;
    });
    expect(refusalsOf(after, secret)).toEqual([]);
    expect(refusalsOf(after, shop.secret)).not.toEqual([]);
  });

  test("a secret that must end at once ends at once", async () => {
    const shop = await world.endpoint({ isVerified: false });
    const { secret } = await roll(shop, { expires_in: 0 });
    const arrival = await nextArrival(shop);
    expect([signaturesIn(arrival), refusalsOf(arrival, String(secret))]).toEqual([1, []]);
    expect(refusalsOf(arrival, shop.secret)).not.toEqual([]);
  });

  test("a roll lasts a day unless it is asked to be shorter, and never longer", async () => {
    const shop = await world.endpoint();
    const rolled = await roll(shop);
    const inSeconds = Number(rolled["previous_secret_expires_at"]) - Date.now() / 1000;
    expect(inSeconds).toBeGreaterThan(86_390);
    expect(inSeconds).toBeLessThanOrEqual(86_400);
    expect(await world.ask(own(shop, "settings"))).toMatchObject({
      previous_secret_expires_at: rolled["previous_secret_expires_at"],
    });
    const longer = await world.call(own(shop, "roll_secret"), { expires_in: 86_401 });
    expect([longer.status, longer.body.error["param"]]).toEqual([400, "expires_in"]);
  });

  test("a second roll within the first leaves the newest two", async () => {
    const shop = await world.endpoint({ isVerified: false });
    const second = String((await roll(shop))["secret"]);
    const third = String((await roll(shop))["secret"]);
    const arrival = await nextArrival(shop);
    expect(signaturesIn(arrival)).toBe(2);
    expect([refusalsOf(arrival, second), refusalsOf(arrival, third)]).toEqual([[], []]);
    expect(refusalsOf(arrival, shop.secret)).not.toEqual([]);
  });

  test("both secrets of a roll survive a restart", async () => {
    const shop = await world.endpoint();
    const secret = String((await roll(shop))["secret"]);
    await world.restart();
    expect(refusalsOf(await nextArrival(shop), secret)).toEqual([]);
  });

  test("with standard_webhooks one secret verifies both schemes, in a roll too", async () => {
    const shop = await world.endpoint({ settings: { standard_webhooks: "true" } });
    const arrival = await nextArrival(shop);
    expect(arrival.headers["webhook-id"]).toBe(arrival.event.id);
    const skew = Number(arrival.headers["webhook-timestamp"]) - Date.now() / 1000;
    expect(Math.abs(skew)).toBeLessThan(30);
    expect(isStandardSignature(arrival, shop.secret)).toBe(true);
    const secret = String((await roll(shop))["secret"]);
    const rolled = await nextArrival(shop);
    expect(isStandardSignature(rolled, shop.secret)).toBe(true);
    expect(isStandardSignature(rolled, secret)).toBe(true);
    expect(isStandardSignature(rolled, `whsec_${"A".repeat(44)}`)).toBe(false);
    await world.ask(own(shop, "settings"), { standard_webhooks: "false" });
    expect((await nextArrival(shop)).headers["webhook-signature"]).toBeUndefined();
  });
});
