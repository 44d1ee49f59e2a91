/** One reference, one authorization: repeats, conflicts, what is forgotten, and the faults that tests ask for. */
import { describe, expect, test } from "vitest";
import { createSimulator, type Simulator } from "./simulator.ts";

const terms = { reference: "ch_1", amount: 2000, currency: "usd", capture: true };
const card = {
  number: "4242424242424242",
  exp_month: 12,
  exp_year: 2030,
  cvc: "123",
  address_line1: null,
  address_zip: null,
};

function post(simulator: Simulator, change: object = {}, cardChange: object = {}) {
  const body = { ...terms, ...change, card: { ...card, ...cardChange } };
  return simulator.handle({ method: "POST", path: "/authorizations", body });
}
const find = (simulator: Simulator, reference: string) =>
  simulator.handle({ method: "GET", path: `/authorizations/${reference}`, body: undefined });
const setFault = (simulator: Simulator, fault: object) =>
  simulator.handle({ method: "POST", path: "/faults", body: fault });

describe("a reference", () => {
  test("asked again gets the first reply even without its CVC", () => {
    const simulator = createSimulator();
    const first = post(simulator);
    expect(first.status).toBe(200);
    expect(post(simulator, {}, { cvc: null })).toEqual(first);
    expect(find(simulator, "ch_1")).toEqual(first);
  });

  test.each([
    ["amount", { amount: 2001 }, {}],
    ["currency", { currency: "eur" }, {}],
    ["capture", { capture: false }, {}],
    ["card", {}, { number: "5555555555554444" }],
  ])(
    "asked again with another %s is a conflict and changes nothing",
    (_what, change, cardChange) => {
      const simulator = createSimulator();
      const first = post(simulator);
      expect(post(simulator, change, cardChange).status).toBe(409);
      expect(find(simulator, "ch_1")).toEqual(first);
    },
  );

  test("that was never asked is not found", () => {
    expect(find(createSimulator(), "ch_1").status).toBe(404);
  });

  test("is forgotten, oldest first, when memory is full", () => {
    const simulator = createSimulator({ repliesMax: 2 });
    for (const reference of ["ch_1", "ch_2", "ch_3"]) post(simulator, { reference });
    expect(find(simulator, "ch_1").status).toBe(404);
    expect(find(simulator, "ch_2").status).toBe(200);
    expect(find(simulator, "ch_3").status).toBe(200);
  });
});

describe("a fault", () => {
  test("error: answers 503 and authorizes nothing, as often as it was asked to", () => {
    const simulator = createSimulator();
    expect(setFault(simulator, { action: "error", count: 2 }).status).toBe(200);
    expect(post(simulator).status).toBe(503);
    expect(post(simulator).status).toBe(503);
    expect(find(simulator, "ch_1").status).toBe(404);
    expect(post(simulator).status).toBe(200);
  });

  test("drop_before authorizes nothing, drop_after authorizes; both are cut off", () => {
    const simulator = createSimulator();
    setFault(simulator, { action: "drop_before", match: { reference: "ch_1" } });
    setFault(simulator, { action: "drop_after", match: { reference: "ch_2" } });
    expect(post(simulator)).toMatchObject({ status: 503, isDropped: true });
    expect(find(simulator, "ch_1").status).toBe(404);
    expect(post(simulator, { reference: "ch_2" })).toMatchObject({ status: 503, isDropped: true });
    expect(find(simulator, "ch_2").status).toBe(200);
  });

  test("delay authorizes and says how late the answer is", () => {
    const simulator = createSimulator();
    setFault(simulator, { action: "delay", delay_ms: 50 });
    expect(post(simulator)).toMatchObject({ status: 200, delayMs: 50 });
    expect(post(simulator).delayMs).toBeUndefined();
  });

  test("hits only what it matches, and none after it is cleared", () => {
    const simulator = createSimulator();
    setFault(simulator, { action: "error", match: { amount: 2000, last4: "4444" } });
    expect(post(simulator).status).toBe(200);
    expect(post(simulator, { reference: "ch_2" }, { number: "5555555555554444" }).status).toBe(503);
    setFault(simulator, { action: "error", count: 1000 });
    simulator.handle({ method: "DELETE", path: "/faults", body: undefined });
    expect(post(simulator, { reference: "ch_3" }).status).toBe(200);
  });

  test.each([
    { action: "explode" },
    { action: "error", count: 0 },
    { action: "delay", delay_ms: 1e9 },
    { action: "error", match: { number: "4242424242424242" } },
    { action: "error", match: { last4: "42" } },
    { action: "error", match: [] },
  ])("that makes no sense is refused: %j", (fault) => {
    const simulator = createSimulator();
    expect(setFault(simulator, fault).status).toBe(400);
    expect(post(simulator).status).toBe(200);
  });
});

test("a route that does not exist, and a journal that is not kept, answer 404", () => {
  const simulator = createSimulator();
  for (const path of ["/", "/journal", "/authorizations/", "/authorization", "/faults"]) {
    expect(simulator.handle({ method: "GET", path, body: undefined }).status).toBe(404);
  }
});
