/** What an authorization comes to, card by card, and that it is a pure function of the request. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { authorize, hasValidCheckDigit } from "./authorize.ts";
import { testCards } from "./test-cards.ts";
import type { AuthorizationRequest, PresentedCard } from "./wire.ts";

const requestWith = (card: Partial<PresentedCard>, reference = "ch_1"): AuthorizationRequest => ({
  reference,
  amount: 2000,
  currency: "usd",
  capture: true,
  card: {
    number: "4242424242424242",
    exp_month: 12,
    exp_year: 2030,
    cvc: "123",
    address_line1: null,
    address_zip: null,
    ...card,
  },
});

const authorizeCard = (number: string, card: Partial<PresentedCard> = {}) =>
  authorize(requestWith({ number, ...card }));

const requests = fc.record({
  reference: fc.stringMatching(/^ch_[A-Za-z0-9]{1,24}$/),
  amount: fc.nat(),
  currency: fc.constantFrom("usd", "jpy", "eur"),
  capture: fc.boolean(),
  card: fc.record({
    number: fc.constantFrom("4111111111111111", ...testCards.map((card) => card.number)),
    exp_month: fc.integer({ min: 1, max: 12 }),
    exp_year: fc.integer({ min: 2024, max: 2040 }),
    cvc: fc.constantFrom(null, "123", "1234"),
    cvc_state: fc.constantFrom(null, "given" as const),
    address_line1: fc.constantFrom(null, "1 Main St"),
    address_zip: fc.constantFrom(null, "94110"),
  }),
});

describe("authorize is a pure function", () => {
  test("the same request gets the same reply, and is left as it was", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const before = structuredClone(request);
        const first = authorize(request);
        expect(authorize(structuredClone(request))).toEqual(first);
        expect(request).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test("a reply never holds the card number, and its parts agree with each other", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const reply = authorize(request);
        expect(JSON.stringify(reply)).not.toContain(request.card.number);
        const isApproved = reply.outcome === "approved";
        expect(reply.decline === null).toBe(isApproved);
        expect(reply.authorization_code !== null).toBe(isApproved);
        expect(reply.outcome === "blocked").toBe(reply.risk.level === "highest");
        expect(reply.checks.cvc === null).toBe(
          request.card.cvc === null && request.card.cvc_state === null,
        );
        expect(reply.checks.address_line1 === null).toBe(request.card.address_line1 === null);
        expect(reply.checks.address_postal_code === null).toBe(request.card.address_zip === null);
      }),
      { numRuns: 500 },
    );
  });

  test("50,000 neighbouring references get 50,000 network transaction ids, and every ordinary risk score", () => {
    const ids = new Set<string | null>();
    const scores = new Set<number>();
    for (let index = 0; index < 50_000; index++) {
      const reply = authorize(requestWith({}, `ch_0PabcdefGHIJKLMNopqrst${index}`));
      ids.add(reply.network_transaction_id);
      scores.add(reply.risk.score);
    }
    expect(ids.size).toBe(50_000);
    expect([...scores].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 65 }, (_, score) => score),
    );
  });
});

describe("what the table of cards expects", () => {
  const verifyCard = (number: string, card: Partial<PresentedCard> = {}) =>
    authorize({ ...requestWith({ number, ...card }), amount: 0, capture: false });

  test.each(testCards.map(({ number, expected }) => [number, expected] as const))(
    "%s is authorized and verified accordingly",
    (number, { charge, attach }) => {
      for (const [expected, answer] of [
        [charge, authorizeCard],
        [attach, verifyCard],
      ] as const) {
        // The rule about postal codes is the caller's, so here they are approved.
        const isRefused = expected !== "ok" && expected.when !== "postal_code_rule";
        const reply = answer(number);
        expect(reply.outcome === "approved").toBe(!isRefused);
        if (!isRefused) continue;
        expect(reply.decline?.reason).toBe(expected.declineCode);
        const isAlways = expected.when === undefined;
        expect(answer(number, { cvc: null }).outcome === "approved").toBe(!isAlways);
      }
    },
  );

  test.each(testCards.filter(({ expected }) => expected.refund?.later))(
    "$number says in its behaviour that its refunds change later",
    ({ number }) => {
      expect(authorizeCard(number).behaviour).toMatch(/^refund_(pending|fail)$/);
    },
  );

  test("every card that must be refused for its postal code fails that check", () => {
    for (const { number, expected } of testCards) {
      const hasRule = expected.charge !== "ok" && expected.charge.when === "postal_code_rule";
      const { checks } = authorizeCard(number, { address_zip: "94110" });
      expect(checks.address_postal_code === "fail", number).toBe(hasRule);
    }
  });
});

describe("verified", () => {
  const verify = (number: string, card: Partial<PresentedCard> = {}) =>
    authorize({ ...requestWith({ number, ...card }), amount: 0, capture: false });

  test("a card made to fail its charges, a risky one and one that must authenticate are approved", () => {
    for (const number of ["4000000000000341", "4100000000000019", "4000002760003184"]) {
      expect(verify(number), number).toMatchObject({
        outcome: "approved",
        checks: { cvc: "pass" },
        risk: { level: "normal" },
      });
      expect(authorizeCard(number).outcome, number).not.toBe("approved");
    }
  });

  test("a card that is declined for itself is declined, and no test card is no test card", () => {
    expect(verify("4000000000009995").decline?.reason).toBe("insufficient_funds");
    expect(verify("4000000000000101")).toMatchObject({
      decline: { reason: "incorrect_cvc" },
      checks: { cvc: "fail" },
    });
    expect(verify("4111111111111111").decline?.reason).toBe("test_mode_live_card");
  });
});

describe("approved", () => {
  test("an ordinary card is approved, with ids in its network's form", () => {
    const visa = authorizeCard("4242424242424242", { address_line1: "1 Main St" });
    expect(visa).toMatchObject({
      outcome: "approved",
      decline: null,
      network: "visa",
      checks: { cvc: "pass", address_line1: "pass", address_postal_code: null },
      risk: { level: "normal" },
      behaviour: null,
    });
    expect(visa.authorization_code).toMatch(/^\d{6}$/);
    expect(visa.network_transaction_id).toMatch(/^[1-9]\d{14}$/);
    const mastercard = authorizeCard("5555555555554444");
    expect(mastercard.network_transaction_id).toMatch(/^[A-Z0-9]{13}$/);
  });

  test.each([
    ["378282246310005", "amex"],
    ["6011111111111117", "discover"],
    ["6555900000604105", "discover"],
    ["3056930009020004", "diners"],
    ["36227206271667", "diners"],
    ["3566002020360505", "jcb"],
    ["2223003122003222", "mastercard"],
    ["6205500000000000004", "unionpay"],
  ])("%s goes over %s", (number, network) => {
    expect(authorizeCard(number)).toMatchObject({ outcome: "approved", network });
  });

  test("a Visa of a country that the table does not name is approved; a wrong check digit is not", () => {
    expect(hasValidCheckDigit("4000003520000007")).toBe(true);
    expect(authorizeCard("4000003520000007").outcome).toBe("approved");
    expect(authorizeCard("4000003520000008").decline?.reason).toBe("test_mode_live_card");
  });

  test("elevated risk is approved and says so", () => {
    const reply = authorizeCard("4000000000009235");
    expect(reply).toMatchObject({ outcome: "approved", risk: { level: "elevated" } });
    expect(reply.risk.score).toBeGreaterThanOrEqual(65);
    expect(reply.risk.score).toBeLessThan(75);
  });

  test.each([
    ["4000000000000259", "dispute_fraudulent"],
    ["4000000000002685", "dispute_product_not_received"],
    ["4000000000001976", "dispute_inquiry"],
    ["4000000000005423", "early_fraud_warning"],
    ["4000000000007726", "refund_pending"],
    ["4000000000005126", "refund_fail"],
    ["4000000000000077", "bypass_pending"],
    ["4000003720000278", "bypass_pending"],
  ])("%s is approved and announces %s", (number, behaviour) => {
    expect(authorizeCard(number)).toMatchObject({ outcome: "approved", behaviour });
  });
});

describe("declined", () => {
  test.each([
    ["4000000000000002", "generic_decline", "01", "try_again_later", null],
    ["4000000000009995", "insufficient_funds", "51", "try_again_later", "02"],
    ["4000000000009987", "lost_card", "41", "do_not_try_again", "01"],
    ["4000000000009979", "stolen_card", "43", "do_not_try_again", "01"],
    ["4000000000006975", "card_velocity_exceeded", "61", "try_again_later", "02"],
    ["4000000000000069", "expired_card", "54", "confirm_card_data", "03"],
    ["4000000000000127", "incorrect_cvc", "N7", "confirm_card_data", "03"],
    ["4000000000000119", "processing_error", "06", "try_again_later", null],
    ["4000000000000341", "generic_decline", "01", "try_again_later", null],
  ])("%s is declined as %s", (...row) => {
    const [number, reason, network_code, advice, network_advice] = row;
    expect(authorizeCard(number)).toMatchObject({
      outcome: "declined",
      decline: { reason, network_code, advice, network_advice },
      checks: { cvc: "pass" },
      authorization_code: null,
      risk: { level: "normal" },
    });
  });

  test.each([
    ["4000000000000127", "pass"],
    ["4000000000000101", "fail"],
  ])("%s is declined for its CVC only when one is given", (number, cvc) => {
    expect(authorizeCard(number)).toMatchObject({ outcome: "declined", checks: { cvc } });
    expect(authorizeCard(number, { cvc: null })).toMatchObject({
      outcome: "approved",
      checks: { cvc: null },
    });
  });

  test.each([
    "4000002500003155",
    "4000002760003184",
    "4000000000003220",
    "4000008400001629",
    "4000582600000094",
  ])("%s is declined without authentication", (number) => {
    expect(authorizeCard(number)).toMatchObject({
      outcome: "declined",
      decline: { reason: "authentication_required" },
    });
  });

  test("other 3-D Secure cards follow their own rule on a plain authorization", () => {
    expect(authorizeCard("4000008260003178").decline?.reason).toBe("insufficient_funds");
    expect(authorizeCard("4000008400001280").decline?.reason).toBe("generic_decline");
    for (const number of ["4000003800000446", "4000000000003055", "4000000000003097"]) {
      expect(authorizeCard(number).outcome).toBe("approved");
    }
  });

  test("a card that is no test card is declined before any network is asked", () => {
    expect(authorizeCard("4111111111111111", { address_zip: "94110" })).toMatchObject({
      outcome: "declined",
      decline: { reason: "test_mode_live_card", network_code: null },
      checks: { cvc: "unavailable", address_postal_code: "unavailable", address_line1: null },
      network_transaction_id: null,
    });
  });
});

describe("blocked and checked", () => {
  test.each(["4100000000000019", "4000000000004954"])("%s is blocked, not sent", (number) => {
    const reply = authorizeCard(number);
    expect(reply).toMatchObject({
      outcome: "blocked",
      decline: { reason: "fraudulent", network_code: null },
      checks: { cvc: "unavailable" },
      authorization_code: null,
      network_transaction_id: null,
      risk: { level: "highest" },
    });
    expect(reply.risk.score).toBeGreaterThanOrEqual(75);
    expect(reply.risk.score).toBeLessThanOrEqual(100);
  });

  test.each([
    ["4000000000000036", "pass", "fail"],
    ["4000000000000028", "fail", "pass"],
    ["4000000000000010", "fail", "fail"],
    ["4000000000000044", "unavailable", "unavailable"],
  ])("%s answers line %s, postal code %s, and is approved", (number, line1, postalCode) => {
    const address = { address_line1: "1 Main St", address_zip: "94110" };
    expect(authorizeCard(number, address)).toMatchObject({
      outcome: "approved",
      checks: { address_line1: line1, address_postal_code: postalCode },
    });
    expect(authorizeCard(number).checks).toMatchObject({
      address_line1: null,
      address_postal_code: null,
    });
  });

  test("a CVC that was given and lost is unavailable, one that never was is null", () => {
    expect(authorizeCard("4242424242424242", { cvc: null, cvc_state: "given" }).checks.cvc).toBe(
      "unavailable",
    );
    expect(authorizeCard("4242424242424242", { cvc: null }).checks.cvc).toBeNull();
  });
});
