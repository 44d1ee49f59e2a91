/**
 * An endpoint that asks for order is told of each object in the order of the commits, however slowly it answers and
 * whatever it refuses; what happens to other objects does not wait for it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { engines } from "../support/server.ts";
import { type Arrival, objectOf } from "./support/receiver.ts";
import { openWorld, type World } from "./support/world.ts";

const updateCount = 50;
const ordered = { settings: { ordered: "true" } };

const nameIn = (arrival: Arrival): unknown => objectOf(arrival)["name"];

describe.each(engines)("on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(engine);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  test(`${updateCount} changes of a customer arrive in order at a slow endpoint that refuses some`, async () => {
    const shop = await world.endpoint(ordered);
    shop.answer(async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index % 4));
      return index % 17 === 5 ? 500 : 200;
    });
    const { id } = await world.ask("/v1/customers", { name: "0" });
    for (let at = 1; at <= updateCount; at += 1) {
      await world.ask(`/v1/customers/${id}`, { name: String(at) });
    }
    await world.idle();
    for (let turn = 0; turn < 10 && (await world.advance()) > 0; turn += 1);
    const names = Array.from({ length: updateCount + 1 }, (_, at) => String(at));
    const taken = shop.arrivals.filter((_, index) => index % 17 !== 5).map(nameIn);
    expect(taken).toEqual(names);
    expect(shop.arrivals.length).toBeGreaterThan(names.length);
  });

  test("one object that is refused holds back itself and no other", async () => {
    const shop = await world.endpoint(ordered);
    const { id: held } = await world.ask("/v1/customers", { name: "held" });
    const { id: free } = await world.ask("/v1/customers", { name: "free" });
    await world.idle();
    shop.arrivals.splice(0);
    shop.answer((arrival) => (objectOf(arrival).id === held ? 500 : 200));
    for (const name of ["1", "2", "3"]) {
      await world.ask(`/v1/customers/${held}`, { name });
      await world.ask(`/v1/customers/${free}`, { name });
    }
    await world.idle();
    const toldOf = (id: string) =>
      shop.arrivals.filter((one) => objectOf(one).id === id).map(nameIn);
    expect([toldOf(held), toldOf(free)]).toEqual([["1"], ["1", "2", "3"]]);
    shop.answer(() => 200);
    await world.advance();
    expect(toldOf(held)).toEqual(["1", "1", "2", "3"]);
  });

  test("what has failed for good lets the next one go", async () => {
    const shop = await world.endpoint(ordered);
    shop.answer((arrival) => (nameIn(arrival) === "bad" ? 500 : 200));
    const { id } = await world.ask("/v1/customers", { name: "bad" });
    await world.ask(`/v1/customers/${id}`, { name: "good" });
    await world.idle();
    expect(shop.arrivals.map(nameIn)).toEqual(["bad"]);
    await world.advance();
    await world.advance();
    expect(shop.arrivals.map(nameIn)).toEqual(["bad", "bad", "bad", "good"]);
  });

  test("without being asked to, nobody waits", async () => {
    const shop = await world.endpoint();
    shop.answer((arrival) => (nameIn(arrival) === "1" ? 500 : 200));
    const { id } = await world.ask("/v1/customers", { name: "1" });
    await world.ask(`/v1/customers/${id}`, { name: "2" });
    await world.idle();
    expect(shop.arrivals.map(nameIn).toSorted()).toEqual(["1", "2"]);
  });
});
