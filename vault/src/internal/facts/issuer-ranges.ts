/**
 * Which card brand a number belongs to, by its first four digits, and which lengths that brand has. Ranges follow the
 * networks' published IIN tables; a number of no known range is of brand `unknown` and may have any ISO 7812 length.
 */

export type CardBrand =
  | "visa"
  | "mastercard"
  | "amex"
  | "discover"
  | "diners"
  | "jcb"
  | "unionpay"
  | "unknown";

type IssuerRange = readonly [first: number, last: number, brand: CardBrand];

const ranges: readonly IssuerRange[] = [
  [2221, 2720, "mastercard"],
  [3000, 3059, "diners"],
  [3095, 3095, "diners"],
  [3400, 3499, "amex"],
  [3528, 3589, "jcb"],
  [3600, 3699, "diners"],
  [3700, 3799, "amex"],
  [3800, 3999, "diners"],
  [4000, 4999, "visa"],
  [5100, 5599, "mastercard"],
  [6011, 6011, "discover"],
  [6200, 6299, "unionpay"],
  [6440, 6599, "discover"],
  [8100, 8171, "unionpay"],
];

const lengthsByBrand: Record<CardBrand, readonly number[]> = {
  visa: [13, 16, 19],
  mastercard: [16],
  amex: [15],
  discover: [16, 17, 18, 19],
  diners: [14, 16],
  jcb: [16, 17, 18, 19],
  unionpay: [16, 17, 18, 19],
  unknown: [12, 13, 14, 15, 16, 17, 18, 19],
};

const brandCode: readonly CardBrand[] = [
  "unknown",
  "visa",
  "mastercard",
  "amex",
  "discover",
  "diners",
  "jcb",
  "unionpay",
];

/** One byte for each of the 10,000 first-four-digit values: the lookup is on the path of every token. */
const brandOfPrefix = new Uint8Array(10_000);
for (const [first, last, brand] of ranges) {
  brandOfPrefix.fill(brandCode.indexOf(brand), first, last + 1);
}

/** The brand of a number whose first four digits have this value. @param prefix 0 to 9999. */
export function brandOf(prefix: number): CardBrand {
  return brandCode[brandOfPrefix[prefix] as number] as CardBrand;
}

/** Whether the brand issues numbers of this many digits. */
export function hasLength(brand: CardBrand, length: number): boolean {
  return lengthsByBrand[brand].includes(length);
}
