/** The card table agrees, row by row, with Stripe's published test cards, and holds nothing twice. */
import { describe, expect, test } from "vitest";
import { hasValidCheckDigit } from "./authorize.ts";
import { namedTestCards, testCards } from "./test-cards.ts";

const byNumber = new Map(testCards.map((card) => [card.number, card]));

const published: Readonly<Record<string, readonly string[]>> = {
  brands: [
    "4242424242424242 4012888888881881 4000056655665556 5555555555554444 2223003122003222",
    "5200828282828210 5105105105105100 378282246310005 371449635398431 6011111111111117",
    "6011000990139424 6011981111111113 3056930009020004 36227206271667 6555900000604105",
    "3566002020360505 6200000000000005 6205500000000000004 6200000000000047 4000002500001001",
    "5555552500001001 4000050360000001 5555050360000080",
  ],
  declines: [
    "4000000000000002 4000000000009995 4000000000009987 4000000000009979 4000000000000069",
    "4000000000000127 4000000000000119 4000000000006975 4000000000000341",
  ],
  "fraud, CVC, address": [
    "4100000000000019 4000000000004954 4000000000009235 4000000000000101 4000000000000036",
    "4000000000000028 4000000000000010 4000000000000044",
  ],
  "disputes and refunds": [
    "4000000000000259 4000000000002685 4000000000001976 4000000000005423 4000000404000079",
    "4000000404000038 4000008400000779 4000000000007726 4000000000005126 4000000000000077",
    "4000003720000278 4000000000000093",
  ],
  "3-D Secure": [
    "4000002500003155 4000002760003184 4000003800000446 4000008260003178 4000000000003220",
    "4000008400001629 4000008400001280 4000000000003055 4000000000003097 4000582600000094",
    "4000582600000045 4000582600000102 4000582600000110",
  ],
};

describe("the table holds every published card", () => {
  test.each(Object.entries(published))("%s", (_group, lines) => {
    const missing = lines
      .flatMap((line) => line.split(" "))
      .filter((number) => !byNumber.has(number));
    expect(missing).toEqual([]);
  });

  test("the card whose number is wrong on purpose is not in it", () => {
    expect(byNumber.has("4242424242424241")).toBe(false);
    expect(hasValidCheckDigit("4242424242424241")).toBe(false);
  });
});

describe("the table is sound", () => {
  test("every number has a valid check digit", () => {
    expect(testCards.filter(({ number }) => !hasValidCheckDigit(number))).toEqual([]);
  });

  test("no number and no name is there twice", () => {
    const names = testCards.flatMap((card) => card.names);
    expect(byNumber.size).toBe(testCards.length);
    expect(new Set(names).size).toBe(names.length);
  });

  test("a country card's digits 7 to 9 are its country's ISO number", () => {
    const isoNumbers: Readonly<Record<string, string>> = {
      ...{ ae: "784", ar: "032", at: "040", au: "036", be: "056", bg: "100", br: "076", by: "112" },
      ...{ ca: "124", ch: "756", cl: "152", cn: "156", co: "170", cr: "188", cy: "196", cz: "203" },
      ...{ de: "276", dk: "208", ec: "218", ee: "233", es: "724", fi: "246", fr: "250", gb: "826" },
      ...{ gi: "292", gr: "300", hk: "344", hr: "191", hu: "348", ie: "372", in: "356", it: "380" },
      ...{ jp: "392", li: "438", lt: "440", lu: "442", lv: "428", mt: "470", mx: "484", my: "458" },
      ...{ nl: "528", no: "578", nz: "554", pa: "591", pe: "604", pl: "616", pt: "620", py: "600" },
      ...{ ro: "642", sa: "682", se: "752", sg: "702", si: "705", sk: "703", th: "764", tw: "158" },
      uy: "858",
    };
    const named = namedTestCards();
    for (const [country, isoNumber] of Object.entries(isoNumbers)) {
      expect(named.get(country)?.number.slice(6, 9), country).toBe(isoNumber);
    }
  });
});

describe("what is expected of a card", () => {
  test("fits together: a token can be made of each, and what never pays is never refunded", () => {
    for (const { number, expected } of testCards) {
      const { token, attach, charge, refund } = expected;
      expect(token, number).toBe("ok");
      const neverPays = charge !== "ok" && charge.when === undefined;
      expect(refund === null, number).toBe(neverPays);
      if (attach !== "ok") {
        const { param, ...words } = attach;
        expect(charge, number).toMatchObject(words);
        expect(charge, number).toHaveProperty("param", param === "" ? null : param);
      }
    }
  });

  test.each([
    ["4000000000009987", "card_declined", "lost_card", null],
    ["4000000000000069", "expired_card", "expired_card", "exp_month"],
    ["4000000000000119", "processing_error", "processing_error", null],
    ["4100000000000019", "card_declined", "fraudulent", null],
    ["4000000000000036", "incorrect_zip", "incorrect_zip", "address_zip"],
    ["4000002500003155", "authentication_required", "authentication_required", null],
    ["4000008260003178", "card_declined", "insufficient_funds", null],
  ])("a charge of %s: %s, %s, %s", (number, code, declineCode, param) => {
    expect(byNumber.get(number)?.expected.charge).toMatchObject({ code, declineCode, param });
  });

  test("every card that does something later says what", () => {
    const later = published["disputes and refunds"]?.flatMap((line) => line.split(" ")) ?? [];
    expect(later).toHaveLength(12);
    for (const number of later) {
      expect(byNumber.get(number)?.rule, number).toHaveProperty("behaviour");
    }
  });
});

describe("names", () => {
  test.each([
    ["visa", "4242424242424242"],
    ["us", "4242424242424242"],
    ["visa_debit", "4000056655665556"],
    ["mastercard_prepaid", "5105105105105100"],
    ["diners", "3056930009020004"],
    ["jcb", "3566002020360505"],
    ["unionpay", "6200000000000005"],
    ["chargeDeclined", "4000000000000002"],
    ["visa_chargeDeclined", "4000000000000002"],
    ["chargeDeclinedInsufficientFunds", "4000000000009995"],
    ["visa_chargeDeclinedInsufficientFunds", "4000000000009995"],
    ["chargeDeclinedExpiredCard", "4000000000000069"],
    ["chargeDeclinedIncorrectCvc", "4000000000000127"],
    ["chargeDeclinedProcessingError", "4000000000000119"],
    ["visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975"],
    ["chargeDeclinedFraudulent", "4100000000000019"],
    ["radarBlock", "4100000000000019"],
    ["chargeCustomerFail", "4000000000000341"],
    ["cvcCheckFail", "4000000000000101"],
    ["createDispute", "4000000000000259"],
    ["refundFail", "4000000000005126"],
    ["bypassPending", "4000000000000077"],
    ["authenticationRequired", "4000002760003184"],
    ["br", "4000000760000002"],
  ])("%s is %s", (name, number) => {
    expect(namedTestCards().get(name)?.number).toBe(number);
  });

  test("each carries a CVC of its brand's length", () => {
    const named = namedTestCards();
    expect(named.get("visa")?.cvc).toBe("123");
    expect(named.get("amex")?.cvc).toBe("1234");
    for (const { number, cvc } of named.values())
      expect(cvc.length).toBe(number.length === 15 ? 4 : 3);
  });
});
