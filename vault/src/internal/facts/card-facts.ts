/**
 * What the rest of the product may know of a card: whether it is well formed, its brand, funding, country and last four
 * digits. Of a number that is not valid nothing is told at all, since its "last four" might be any part of a real one.
 */
import { countryOfNumericCode } from "./country-codes.ts";
import { brandOf, type CardBrand, hasLength } from "./issuer-ranges.ts";

export type { CardBrand };
export type CardFunding = "credit" | "debit" | "prepaid" | "unknown";

export type CardFacts = {
  /** `invalid_number`: not digits, or of a length its brand does not have. `incorrect_number`: the check digit is wrong. */
  readonly number: "valid" | "invalid_number" | "incorrect_number";
  /** Three digits; four for American Express, where three are tolerated. */
  readonly cvc: "absent" | "valid" | "invalid";
  /** As PaymentMethods spell it. `unknown` unless the number is valid. */
  readonly brand: CardBrand;
  /** The network that carries it; no co-badged network is chosen. */
  readonly network: CardBrand;
  readonly funding: CardFunding;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Empty unless the number is valid. */
  readonly last4: string;
};

const digitZero = 0x30;
const numberLengthMin = 12;
const numberLengthMax = 19;

/** The documented test numbers that are not credit cards. Real funding needs a BIN service, which is outside the vault. */
const fundingOfTestNumber = new Map<string, CardFunding>([
  ["4000056655665556", "debit"],
  ["5200828282828210", "debit"],
  ["6011981111111113", "debit"],
  ["6200000000000047", "debit"],
  ["4000050360000001", "debit"],
  ["5555050360000080", "debit"],
  ["5105105105105100", "prepaid"],
]);

/** The co-badged test numbers, whose country is not in their digits 7 to 9. */
const countryOfTestNumber = new Map<string, string>([
  ["5555552500001001", "FR"],
  ["4000050360000001", "AU"],
  ["5555050360000080", "AU"],
]);

/** Only these leading digits belong to a test number of the two tables above, so that no other number becomes a string. */
const testPrefixes = new Set([4000, 5200, 6011, 6200, 5555, 5105]);

function isDigits(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte < digitZero || byte > digitZero + 9) return false;
  return true;
}

/** Whether the bytes are digits in a number that a card can have; brand and check digit are not looked at. */
export function isCardNumber(number: Buffer): boolean {
  return number.length >= numberLengthMin && number.length <= numberLengthMax && isDigits(number);
}

/** The check of ISO/IEC 7812-1: doubling every second digit from the right, the digits add up to a multiple of ten. */
function hasCheckDigit(number: Buffer): boolean {
  let sum = 0;
  for (let at = number.length - 1, doubled = false; at >= 0; at--, doubled = !doubled) {
    const digit = (number[at] as number) - digitZero;
    const value = doubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** The value of the first four digits. */
function prefixOf(number: Buffer): number {
  let prefix = 0;
  for (let at = 0; at < 4; at++) prefix = prefix * 10 + (number[at] as number) - digitZero;
  return prefix;
}

function cvcFact(cvc: Buffer | undefined, brand: CardBrand): CardFacts["cvc"] {
  if (cvc === undefined) return "absent";
  const hasRightLength = cvc.length === 3 || (cvc.length === 4 && brand === "amex");
  return hasRightLength && isDigits(cvc) ? "valid" : "invalid";
}

/** Funding and country, which are known of test numbers only; else `credit` and `US`, Stripe's defaults in test mode. */
function issuerFacts(number: Buffer, prefix: number): Pick<CardFacts, "funding" | "country"> {
  if (!testPrefixes.has(prefix)) return { funding: "credit", country: "US" };
  const digits = number.toString("latin1");
  const encodedCountry = digits.startsWith("400000")
    ? countryOfNumericCode(digits.slice(6, 9))
    : undefined;
  return {
    funding: fundingOfTestNumber.get(digits) ?? "credit",
    country: countryOfTestNumber.get(digits) ?? encodedCountry ?? "US",
  };
}

/** The facts of a card. @param number its bytes without blanks; @param cvc undefined if none was given. */
export function factsOf(number: Buffer, cvc: Buffer | undefined): CardFacts {
  const isNumber = isCardNumber(number);
  const prefix = isNumber ? prefixOf(number) : 0;
  const brand = isNumber ? brandOf(prefix) : "unknown";
  const cvcState = cvcFact(cvc, brand);
  const isValid = isNumber && hasLength(brand, number.length) && hasCheckDigit(number);
  if (!isValid) {
    const isShaped = isNumber && hasLength(brand, number.length);
    return {
      number: isShaped ? "incorrect_number" : "invalid_number",
      cvc: cvcState,
      brand: "unknown",
      network: "unknown",
      funding: "unknown",
      country: "US",
      last4: "",
    };
  }
  const last4 = number.toString("latin1", number.length - 4);
  return {
    number: "valid",
    cvc: cvcState,
    brand,
    network: brand,
    ...issuerFacts(number, prefix),
    last4,
  };
}
