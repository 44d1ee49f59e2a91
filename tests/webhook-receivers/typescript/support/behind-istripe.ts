/**
 * A shop with a real iStripe that repeats and reorders what it sends: real charges and refunds, an application that dies
 * in mid-handler, and in the end each effect exactly once and every charge as it is.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { problemsOf } from "../../../support/event-check.ts";
import { openWorld, type World } from "../../../webhooks/support/world.ts";
import { type Framework, freePort } from "./app-process.ts";
import type { Engine } from "./inboxes.ts";
import type { ShopUnderTest } from "./shop-under-test.ts";

const eventTypes = ["charge.succeeded", "charge.refunded"];
const chargeCount = 12;
const roundsMax = 20;

export interface Case {
  readonly engine: Engine;
  readonly framework: Framework;
  /** Whether the headers of Standard Webhooks are there too. */
  readonly isStandard: boolean;
}

interface Sent {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Endpoint {
  readonly id: string;
  readonly secret: string;
}

export function testBehindIstripe(shop: ShopUnderTest, cases: readonly Case[]): void {
  describe("behind a real iStripe", () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld("sqlite");
    });
    afterAll(() => world.close());

    test.each(cases)("$framework on $engine", (one) => testOne(shop, world, one), 60_000);
  });
}

async function makeEndpoint(world: World, url: string, isStandard: boolean): Promise<Endpoint> {
  const types = Object.fromEntries(eventTypes.map((type, at) => [`enabled_events[${at}]`, type]));
  const made = await world.ask("/v1/webhook_endpoints", { ...types, url });
  await world.ask(`/v1/istripe/webhook_endpoints/${made.id}/settings`, {
    "faults[duplicate]": 2,
    "faults[reorder]": "true",
    standard_webhooks: String(isStandard),
  });
  return { id: made.id, secret: String(made["secret"]) };
}

/** @returns the charge and what was refunded of it. */
async function pay(world: World, index: number): Promise<readonly [string, number]> {
  const form = { amount: 2000, currency: "usd", source: "tok_visa" };
  const charge = await world.ask("/v1/charges", form);
  if (index % 2 === 0) return [charge.id, 0];
  await world.ask("/v1/refunds", { amount: 500 + index, charge: charge.id });
  return [charge.id, 500 + index];
}

/** Makes every retry due until nothing is left of them. @returns the ids of the events that were sent. */
async function deliverAll(world: World, endpoint: Endpoint): Promise<string[]> {
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
  return deliveries.map((delivery) => String(delivery["event"]));
}

async function testOne(
  shop: ShopUnderTest,
  world: World,
  { engine, framework, isStandard }: Case,
): Promise<void> {
  const databaseUrl = await shop.open(engine);
  const port = await freePort();
  const endpoint = await makeEndpoint(world, `http://127.0.0.1:${port}/webhooks`, isStandard);
  const { secretKey, url } = world.server();
  const common = {
    api: { key: secretKey, url },
    databaseUrl,
    name: framework,
    port,
    secret: endpoint.secret,
  };
  let app = await shop.start({ ...common, dieAtEffect: 4 });
  const charges = await Promise.all(
    Array.from({ length: chargeCount }, (_, index) => pay(world, index)),
  );
  await app.exited;
  app = await shop.start(common);
  const sent = await deliverAll(world, endpoint);
  expect(sent).toHaveLength(chargeCount * 1.5);

  await vi.waitFor(
    async () => {
      const inbox = "select event_id from istripe_webhook_inbox where status = 'done'";
      expect(await shop.column(inbox, "event_id")).toHaveLength(sent.length);
    },
    { interval: 25, timeout: 20_000 },
  );
  const effects = await shop.column("select event_id from effects", "event_id");
  expect(effects.sort()).toEqual(sent.toSorted());
  const kept = await shop.query("select object_id, amount_refunded from refunds");
  expect(
    new Map(kept.map((row) => [String(row["object_id"]), Number(row["amount_refunded"])])),
  ).toEqual(new Map(charges));
  expect(app.complaints()).toBe("");
  expect(await app.stop()).toBe(0);
  await world.remove(`/v1/webhook_endpoints/${endpoint.id}`);
}
