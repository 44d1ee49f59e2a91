/** No question is asked twice in the same words, so that no answer is a remembered one. */
import { expect, it } from "vitest";
import type { Known } from "./known.ts";
import { questions } from "./questions.ts";

const known: Known = {
  charges: ["ch_1"],
  customers: [{ email: "amy.bauer.1@example.com", id: "cus_1", name: "Amy Bauer" }],
  newest: 2000,
  oldest: 1000,
  orders: ["order_4"],
  refunds: [{ charge: "ch_1", id: "re_1" }],
  transferGroups: ["group_1"],
};

it("each question differs from turn to turn, and no two have one name", () => {
  for (const { path } of questions) {
    const turns = Array.from({ length: 20 }, (_, turn) => path(known, turn));
    expect(new Set(turns).size).toBe(20);
  }
  expect(new Set(questions.map(({ name }) => name)).size).toBe(questions.length);
});

it("questions whose values are not the store's ask for nothing that is in it", () => {
  const nothing = questions.filter(({ finds }) => !finds).map(({ path }) => path(known, 0));
  expect(nothing.length).toBeGreaterThan(5);
  for (const path of nothing) expect(path).not.toMatch(/usd|ch_1|cus_1|re_1/);
});
