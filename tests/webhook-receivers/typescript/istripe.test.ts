/**
 * The same applications with a real iStripe that repeats and reorders what it sends: real charges and refunds, an
 * application that dies in mid-handler, and in the end each effect exactly once and every charge as it is.
 */
import { constructEvent } from "@istripe/webhooks";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { problemsOf } from "../../support/event-check.ts";
import { openWorld, type World } from "../../webhooks/support/world.ts";
import {
  type App,
  freePort,
  openShopDatabase,
  type ShopDatabase,
  startApp,
} from "./support/app-process.ts";

const eventTypes = ["charge.succeeded", "charge.refunded"];
const chargeCount = 12;
const roundsMax = 20;

let world: World;
let database: ShopDatabase;
const ends: (() => Promise<void>)[] = [];

const start = async (...params: Parameters<typeof startApp>): Promise<App> => {
  const app = await startApp(...params);
  ends.push(() => app.kill());
  return app;
};

beforeAll(async () => {
  world = await openWorld("sqlite");
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  await world.clear();
});
afterAll(() => world.close());

interface Sent {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Endpoint {
  readonly id: string;
  readonly secret: string;
}

const makeEndpoint = async (url: string, isStandard: boolean): Promise<Endpoint> => {
  const types = Object.fromEntries(eventTypes.map((type, at) => [`enabled_events[${at}]`, type]));
  const made = await world.ask("/v1/webhook_endpoints", { ...types, url });
  await world.ask(`/v1/istripe/webhook_endpoints/${made.id}/settings`, {
    "faults[duplicate]": 2,
    "faults[reorder]": "true",
    standard_webhooks: String(isStandard),
  });
  return { id: made.id, secret: String(made["secret"]) };
};

const pay = async (index: number): Promise<readonly [string, number]> => {
  const charge = await world.ask("/v1/charges", {
    amount: 2000,
    currency: "usd",
    source: "tok_visa",
  });
  if (index % 2 === 0) return [charge.id, 0];
  await world.ask("/v1/refunds", { amount: 500 + index, charge: charge.id });
  return [charge.id, 500 + index];
};

/** Makes every retry due until nothing is left of them. */
const deliverAll = async (endpoint: Endpoint): Promise<void> => {
  await world.idle();
  for (let round = 0; (await world.advance()) > 0; round += 1)
    expect(round).toBeLessThan(roundsMax);
  const deliveries = await world.deliveries(endpoint);
  expect(new Set(deliveries.map((delivery) => delivery["status"]))).toEqual(new Set(["succeeded"]));
  for (const delivery of deliveries) {
    for (const attempt of await world.attempts(delivery)) {
      const { body: text, headers } = attempt["request"] as unknown as Sent;
      expect(problemsOf({ headers, text }, endpoint.secret)).toEqual([]);
    }
  }
};

const pairs = async (sql: string): Promise<(readonly [string, number])[]> =>
  (await database.query(sql)).map((row) => [String(row["name"]), Number(row["number"])] as const);

test.each([
  { engine: "postgres", framework: "express", isStandard: false },
  { engine: "sqlite", framework: "fastify", isStandard: true },
  { engine: "postgres", framework: "hono", isStandard: true },
  { engine: "sqlite", framework: "next", isStandard: false },
] as const)(
  "$framework on $engine",
  async ({ engine, framework, isStandard }) => {
    database = await openShopDatabase(engine);
    ends.push(() => database.close());
    const port = await freePort();
    const endpoint = await makeEndpoint(`http://127.0.0.1:${port}/webhooks`, isStandard);
    const { secretKey, url } = world.server();
    const common = {
      api: { key: secretKey, url },
      databaseUrl: database.url,
      name: framework,
      port,
      secret: endpoint.secret,
    };
    let app = await start({ ...common, dieAtEffect: 4 });
    const charges = await Promise.all(
      Array.from({ length: chargeCount }, (_, index) => pay(index)),
    );
    await app.exited;
    app = await start(common);
    await deliverAll(endpoint);
    const sent = (await world.deliveries(endpoint)).map((delivery) => String(delivery["event"]));
    expect(sent).toHaveLength(chargeCount * 1.5);

    await vi.waitFor(
      async () => {
        const inbox =
          "select event_id as name, 1 as number from istripe_webhook_inbox where status = 'done'";
        expect(await pairs(inbox)).toHaveLength(sent.length);
      },
      { interval: 25, timeout: 20_000 },
    );
    const effects = await pairs("select event_id as name, 1 as number from effects");
    expect(effects.map(([name]) => name).sort()).toEqual(sent.toSorted());
    const kept = await pairs("select object_id as name, amount_refunded as number from refunds");
    expect(new Map(kept)).toEqual(new Map(charges));
    expect(app.complaints()).toBe("");
    expect(await app.stop()).toBe(0);
    await world.remove(`/v1/webhook_endpoints/${endpoint.id}`);
  },
  60_000,
);

test("each of the two schemes that iStripe signs by is verified on its own", async () => {
  const shop = await world.endpoint({ settings: { standard_webhooks: "true" } });
  await world.ask("/v1/customers", { name: "Zoë 🦊" });
  await world.idle();
  const [arrival] = shop.arrivals;
  const { "stripe-signature": stripe, ...standard } = arrival?.headers ?? {};
  for (const headers of [{ "stripe-signature": stripe }, standard]) {
    const event = constructEvent(arrival?.text, headers, { secret: shop.secret });
    expect(event).toEqual(arrival?.event);
    const forged = () => constructEvent(`${arrival?.text} `, headers, { secret: shop.secret });
    expect(forged).toThrow(/No signature in the header fits/);
  }
});
