/**
 * The published test cards that pay, with the pinned Node library: what a token and a charge say of each card's brand
 * and funding, of its checks and its risk; and that a named token stands for the same card every time.
 */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engines, startTestServer, type TestServer } from "../support/server.ts";
import { type ContractCheck, openContractCheck } from "./contract-check.ts";
import { clientOf, libraries, refusalOf } from "./sdk.ts";

/** Number, brand on cards and tokens, brand on payment method details, funding, named token. */
type Brand = readonly [string, string, string, string, string | null];

const brands: readonly Brand[] = [
  ["4242424242424242", "Visa", "visa", "credit", "tok_visa"],
  ["4012888888881881", "Visa", "visa", "credit", null],
  ["4000056655665556", "Visa", "visa", "debit", "tok_visa_debit"],
  ["5555555555554444", "MasterCard", "mastercard", "credit", "tok_mastercard"],
  ["2223003122003222", "MasterCard", "mastercard", "credit", null],
  ["5200828282828210", "MasterCard", "mastercard", "debit", "tok_mastercard_debit"],
  ["5105105105105100", "MasterCard", "mastercard", "prepaid", "tok_mastercard_prepaid"],
  ["378282246310005", "American Express", "amex", "credit", "tok_amex"],
  ["371449635398431", "American Express", "amex", "credit", null],
  ["6011111111111117", "Discover", "discover", "credit", "tok_discover"],
  ["6011000990139424", "Discover", "discover", "credit", null],
  ["6011981111111113", "Discover", "discover", "debit", null],
  ["3056930009020004", "Diners Club", "diners", "credit", "tok_diners"],
  ["36227206271667", "Diners Club", "diners", "credit", null],
  ["3566002020360505", "JCB", "jcb", "credit", "tok_jcb"],
  ["6200000000000005", "UnionPay", "unionpay", "credit", "tok_unionpay"],
  ["6205500000000000004", "UnionPay", "unionpay", "credit", null],
  ["6200000000000047", "UnionPay", "unionpay", "debit", null],
];
const [pinned] = libraries;

describe.each(engines)("on %s", (engine) => {
  let server: TestServer;
  let check: ContractCheck;
  let stripe: Stripe;

  beforeAll(async () => {
    if (pinned === undefined) throw new Error("the pinned library is not installed");
    server = await startTestServer(engine);
    check = await openContractCheck(`test-cards-on-${engine}`, server.url);
    stripe = clientOf(pinned, check.url, server.secretKey);
  });
  afterAll(async () => {
    const report = await check.close();
    await server.stop();
    expect(report?.violations ?? []).toEqual([]);
  });

  const tokenOf = (number: string, more: Partial<Stripe.TokenCreateParams.Card> = {}) =>
    stripe.tokens.create({
      card: {
        cvc: /^3[47]/.test(number) ? "1234" : "123",
        exp_month: "12",
        exp_year: String(new Date().getUTCFullYear() + 1),
        number,
        ...more,
      },
    });
  const charge = (source: string): Promise<Stripe.Charge> =>
    stripe.charges.create({ amount: 2000, currency: "usd", source });
  const detailsOf = ({ payment_method_details }: Stripe.Charge) => payment_method_details?.card;

  test.each(brands)("%s is %s, and pays", async (...[number, brand, network, funding, name]) => {
    const { card, id } = await tokenOf(number);
    const last4 = number.slice(-4);
    expect(card).toMatchObject({ brand, cvc_check: "unchecked", funding, last4 });
    const paid = await charge(id);
    expect(paid.status).toBe("succeeded");
    expect(paid.source).toMatchObject({ brand, cvc_check: "pass", funding, last4 });
    const details = { brand: network, checks: { cvc_check: "pass" }, funding, last4 };
    expect(detailsOf(paid)).toMatchObject(details);
    if (name !== null) expect(detailsOf(await charge(name))).toMatchObject(details);
  });

  test.each([
    ["tok_gb", "GB"],
    ["tok_de", "DE"],
    ["tok_br", "BR"],
    ["tok_jp", "JP"],
    ["tok_us", "US"],
  ])("%s is a card of %s", async (name, country) => {
    const paid = await charge(name);
    expect(detailsOf(paid)).toMatchObject({ brand: "visa", country });
  });

  test("a named token can be used again and again, and is the same card each time", async () => {
    const [first, second] = [await charge("tok_visa"), await charge("tok_visa")];
    expect(detailsOf(first)?.fingerprint).toBe(detailsOf(second)?.fingerprint);
    expect(first.id).not.toBe(second.id);
    const raw = await tokenOf("4242424242424242");
    expect(raw.card?.fingerprint).toBe(detailsOf(first)?.fingerprint);
  });

  test("a number has one fingerprint, whatever the expiry, the code and the blanks", async () => {
    const prints = await Promise.all([
      tokenOf("5555555555554444"),
      tokenOf("5555 5555 5555 4444"),
      tokenOf("5555-5555-5555-4444", { cvc: "999", exp_year: "2049" }),
    ]);
    expect(new Set(prints.map(({ card }) => card?.fingerprint)).size).toBe(1);
    expect((await tokenOf("5105105105105100")).card?.fingerprint).not.toBe(
      prints[0].card?.fingerprint,
    );
  });

  test("checks are null for what was not given, and pass for what was", async () => {
    const bare = await stripe.tokens.create({
      card: { exp_month: "12", exp_year: "2049", number: "4242424242424242" },
    });
    expect(bare.card?.cvc_check).toBeNull();
    const none = { address_line1_check: null, address_postal_code_check: null, cvc_check: null };
    expect(detailsOf(await charge(bare.id))?.checks).toEqual(none);
    const full = await tokenOf("4242424242424242", {
      address_line1: "1 Main Street",
      address_zip: "94107",
    });
    expect(full.card).toMatchObject({
      address_line1_check: "unchecked",
      address_zip_check: "unchecked",
    });
    expect(detailsOf(await charge(full.id))?.checks).toEqual({
      address_line1_check: "pass",
      address_postal_code_check: "pass",
      cvc_check: "pass",
    });
  });

  test.each([
    ["4000000000000036", "pass", "fail"],
    ["4000000000000028", "fail", "pass"],
    ["4000000000000010", "fail", "fail"],
    ["4000000000000044", "unavailable", "unavailable"],
  ])("%s checks the line as %s and the postal code as %s", async (number, line, code) => {
    const { id } = await tokenOf(number, { address_line1: "1 Main Street", address_zip: "94107" });
    expect(detailsOf(await charge(id))?.checks).toMatchObject({
      address_line1_check: line,
      address_postal_code_check: code,
    });
  });

  test("the risk of a payment is told, and the highest is blocked", async () => {
    expect((await charge("tok_visa")).outcome).toMatchObject({
      network_status: "approved_by_network",
      reason: null,
      risk_level: "normal",
      seller_message: "Payment complete.",
      type: "authorized",
    });
    expect((await charge("tok_riskLevelElevated")).outcome).toMatchObject({
      reason: "elevated_risk_level",
      risk_level: "elevated",
      type: "manual_review",
    });
    const blocked = await refusalOf(charge("tok_radarBlock"));
    expect(blocked).toMatchObject({ code: "card_declined", decline_code: "fraudulent" });
    const kept = await stripe.charges.retrieve((blocked.raw as { charge: string }).charge);
    expect(kept.outcome).toMatchObject({
      network_status: "not_sent_to_network",
      reason: "highest_risk_level",
      risk_level: "highest",
      seller_message: "Stripe blocked this payment as too risky.",
      type: "blocked",
    });
    expect(kept.payment_method_details?.card?.checks?.cvc_check).toBe("unavailable");
  });
});
