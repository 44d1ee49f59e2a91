/** Requests are checked field by field, and no sentence about a bad one repeats what was sent. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadRequest, readAuthorizationRequest } from "./wire.ts";

const good = {
  reference: "ch_1",
  amount: 2000,
  currency: "usd",
  capture: true,
  card: {
    number: "4242424242424242",
    exp_month: 12,
    exp_year: 2030,
    cvc: "9137",
    address_line1: null,
    address_zip: "94110",
  },
};

function refusal(body: unknown): string {
  try {
    readAuthorizationRequest(body);
  } catch (error) {
    if (error instanceof BadRequest) return error.message;
    throw error;
  }
  throw new Error("The request was accepted.");
}

describe("an authorization request", () => {
  test("is read as it was sent", () => {
    expect(readAuthorizationRequest(good)).toEqual({
      ...good,
      card: { ...good.card, cvc_state: null },
    });
  });

  test.each([
    ["reference", { reference: "" }],
    ["reference", { reference: "4242" }],
    ["reference", { reference: `a${"b".repeat(64)}` }],
    ["reference", { reference: "ch_4242424242424242" }],
    ["amount", { amount: -1 }],
    ["amount", { amount: 1.5 }],
    ["amount", { amount: 4242424242424242 }],
    ["currency", { currency: "USD" }],
    ["capture", { capture: "true" }],
    ["card", { card: null }],
    ["card.number", { card: { ...good.card, number: "4242 4242" } }],
    ["card.exp_month", { card: { ...good.card, exp_month: 13 } }],
    ["card.exp_year", { card: { ...good.card, exp_year: 30 } }],
    ["card.cvc", { card: { ...good.card, cvc: "12" } }],
    ["card.cvc", { card: { ...good.card, cvc: undefined } }],
    ["card.cvc_state", { card: { ...good.card, cvc_state: "lost" } }],
    ["card.address_zip", { card: { ...good.card, address_zip: 94110 } }],
  ])("with a bad %s is refused with a sentence that names it", (field, change) => {
    const sentence = refusal({ ...good, ...change });
    expect(sentence).toMatch(new RegExp(`^${field} must`));
    expect(sentence).not.toContain(good.card.number);
  });

  test("that is no request at all is refused, and the sentence repeats nothing of it", () => {
    const bodies = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, null, [], "4242424242424242", 4242424242424242, {
        card: { number: "4242424242424242" },
      }),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const sentence = refusal(body);
        expect(sentence).toMatch(/ must /);
        expect(sentence).not.toContain("4242");
      }),
    );
  });
});
