/**
 * The same applications with a real iStripe, and the two schemes that it signs by.
 */
import { constructEvent } from "@istripe/webhooks";
import { expect, test } from "vitest";
import { openWorld } from "../../webhooks/support/world.ts";
import { testBehindIstripe } from "./support/behind-istripe.ts";
import { shopOfEachTest } from "./support/shop-under-test.ts";

testBehindIstripe(shopOfEachTest(), [
  { engine: "postgres", framework: "express", isStandard: false },
  { engine: "sqlite", framework: "fastify", isStandard: true },
  { engine: "postgres", framework: "hono", isStandard: true },
]);

test("each of the two schemes that iStripe signs by is verified on its own", async () => {
  const world = await openWorld("sqlite");
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
  await world.close();
});
