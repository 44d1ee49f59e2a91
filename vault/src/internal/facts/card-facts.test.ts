/** The guarantees of what is told of a card: right brands, right error for a wrong number, nothing of an invalid one. */
import { describe, expect, test } from "vitest";
import { handleOf, openTestVault } from "../test-vault.ts";
import { factsOf } from "./card-facts.ts";

const { vault } = openTestVault();

/** The facts of a card as a caller of the door gets them. */
function facts(number: string, cvc = "") {
  const handle = handleOf(vault, number, cvc);
  const found = vault.ingress.inspect(handle);
  vault.ingress.release(handle);
  return found;
}

/** The number with these leading digits and length whose check digit is right, zeros in between. */
function withCheckDigit(prefix: string, length: number): string {
  const stem = prefix.padEnd(length - 1, "0");
  const digit = Array.from({ length: 10 }, (_, last) => last).find((last) => {
    const number = Buffer.from(`${stem}${last}`);
    return factsOf(number, undefined).number !== "incorrect_number";
  });
  return `${stem}${digit}`;
}

describe("brand", () => {
  test.each([
    ["4242424242424242", "visa"],
    ["4012888888881881", "visa"],
    ["5555555555554444", "mastercard"],
    ["2223003122003222", "mastercard"],
    ["5200828282828210", "mastercard"],
    ["5105105105105100", "mastercard"],
    ["378282246310005", "amex"],
    ["371449635398431", "amex"],
    ["6011111111111117", "discover"],
    ["6011000990139424", "discover"],
    ["6011981111111113", "discover"],
    ["6555900000604105", "discover"],
    ["3056930009020004", "diners"],
    ["36227206271667", "diners"],
    ["3566002020360505", "jcb"],
    ["6200000000000005", "unionpay"],
    ["6205500000000000004", "unionpay"],
    ["6200000000000047", "unionpay"],
  ])("the test number %s is %s", (number, brand) => {
    const last4 = number.slice(-4);
    expect(facts(number)).toMatchObject({ number: "valid", brand, network: brand, last4 });
  });

  test.each([
    ["2220", "unknown"],
    ["2221", "mastercard"],
    ["2720", "mastercard"],
    ["2721", "unknown"],
    ["3527", "unknown"],
    ["3528", "jcb"],
    ["3589", "jcb"],
    ["3590", "unknown"],
    ["50", "unknown"],
    ["51", "mastercard"],
    ["55", "mastercard"],
    ["56", "unknown"],
    ["6439", "unknown"],
    ["644", "discover"],
    ["659", "discover"],
    ["66", "unknown"],
    ["61", "unknown"],
    ["62", "unionpay"],
    ["810", "unionpay"],
    ["8172", "unknown"],
    ["9", "unknown"],
    ["0", "unknown"],
  ])("numbers that begin %s are %s", (prefix, brand) => {
    expect(facts(withCheckDigit(prefix, 16))).toMatchObject({ number: "valid", brand });
  });
});

describe("number", () => {
  test.each([
    ["34", [15]],
    ["37", [15]],
    ["4", [13, 16, 19]],
    ["51", [16]],
    ["2221", [16]],
    ["36", [14, 16]],
    ["300", [14, 16]],
    ["6011", [16, 17, 18, 19]],
    ["3528", [16, 17, 18, 19]],
    ["62", [16, 17, 18, 19]],
    ["9", [12, 13, 14, 15, 16, 17, 18, 19]],
  ])(
    "numbers that begin %s have %j digits, any other length is invalid_number",
    (prefix, lengths) => {
      for (let length = prefix.length + 1; length <= 22; length++) {
        const { number } = facts(withCheckDigit(prefix, length));
        expect([length, number]).toEqual([
          length,
          lengths.includes(length) ? "valid" : "invalid_number",
        ]);
      }
    },
  );

  test("a wrong check digit is incorrect_number, whichever digit is wrong", () => {
    expect(facts("4242424242424241").number).toBe("incorrect_number");
    for (let at = 0; at < 16; at++) {
      const digits = [..."4242424242424242"];
      if (at === 0) continue;
      digits[at] = `${(Number(digits[at]) + 1) % 10}`;
      expect(facts(digits.join("")).number).toBe("incorrect_number");
    }
  });

  test.each([
    "4242",
    "424242424242424a",
    "4242424242424242424242",
    "x",
    "４２４２",
    "4242_4242_4242_4242",
  ])("%s is invalid_number", (number) => {
    expect(facts(number).number).toBe("invalid_number");
  });

  test("nothing is told of a number that is not valid", () => {
    for (const number of ["4242424242424241", "42424242424242", "4242424242424242x"]) {
      expect(facts(number)).toMatchObject({ brand: "unknown", last4: "", funding: "unknown" });
    }
  });
});

describe("cvc", () => {
  test.each([
    ["4242424242424242", "", "absent"],
    ["4242424242424242", "123", "valid"],
    ["4242424242424242", "000", "valid"],
    ["4242424242424242", "99", "invalid"],
    ["4242424242424242", "1234", "invalid"],
    ["4242424242424242", "12345", "invalid"],
    ["4242424242424242", "1".repeat(1000), "invalid"],
    ["4242424242424242", "12a", "invalid"],
    ["4242424242424242", " ", "invalid"],
    ["378282246310005", "1234", "valid"],
    ["378282246310005", "123", "valid"],
    ["378282246310005", "12345", "invalid"],
    ["378282246310005", "12", "invalid"],
  ])("of %s, %j is %s", (number, cvc, expected) => {
    expect(facts(number, cvc).cvc).toBe(expected);
  });
});

describe("funding and country", () => {
  test.each([
    ["4242424242424242", "credit", "US"],
    ["4000056655665556", "debit", "US"],
    ["5200828282828210", "debit", "US"],
    ["6011981111111113", "debit", "US"],
    ["6200000000000047", "debit", "US"],
    ["5105105105105100", "prepaid", "US"],
    ["4000000000000002", "credit", "US"],
    ["4000000760000002", "credit", "BR"],
    ["4000001240000000", "credit", "CA"],
    ["4000004840008001", "credit", "MX"],
    ["4000008260000000", "credit", "GB"],
    ["4000002500003155", "credit", "FR"],
    ["4000002760003184", "credit", "DE"],
    ["4000003920000003", "credit", "JP"],
    ["4000000360000006", "credit", "AU"],
    ["4000003720000278", "credit", "IE"],
    ["4000002500001001", "credit", "FR"],
    ["5555552500001001", "credit", "FR"],
    ["4000050360000001", "debit", "AU"],
    ["5555050360000080", "debit", "AU"],
  ])("the test number %s is %s of %s", (number, funding, country) => {
    expect(facts(number)).toMatchObject({ number: "valid", funding, country });
  });

  test.each([
    ["004", "AF"],
    ["056", "BE"],
    ["156", "CN"],
    ["344", "HK"],
    ["356", "IN"],
    ["380", "IT"],
    ["528", "NL"],
    ["702", "SG"],
    ["724", "ES"],
    ["840", "US"],
    ["894", "ZM"],
    ["000", "US"],
    ["999", "US"],
  ])("a Visa test number with country digits %s is of %s", (numeric, country) => {
    expect(facts(withCheckDigit(`400000${numeric}`, 16)).country).toBe(country);
  });
});
