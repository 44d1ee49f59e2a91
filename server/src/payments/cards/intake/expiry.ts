/**
 * Reads and judges a card's expiry by the business clock. A card is good to the end of its month.
 */
import { type ApiError, cardError } from "../../../core/errors.ts";

export interface Expiry {
  readonly month: number;
  readonly year: number;
}

/** Issuers print at most this many years ahead; anything later is a typing error. */
const yearsAheadMax = 50;

/**
 * @param month `"1"`…`"12"`, a leading zero allowed. @param year two digits (read as 20xx) or four.
 * @param now Unix seconds of the business clock.
 * @throws ApiError 402 `invalid_expiry_month` or `invalid_expiry_year`.
 */
export function readExpiry(month: string, year: string, now: number): Expiry {
  const expiry = { month: wholeNumber(month), year: fourDigits(wholeNumber(year)) };
  if (!(expiry.month >= 1 && expiry.month <= 12)) throw invalidMonth();
  const today = new Date(now * 1000);
  const thisYear = today.getUTCFullYear();
  if (!(expiry.year >= thisYear && expiry.year <= thisYear + yearsAheadMax)) throw invalidYear();
  if (expiry.year === thisYear && expiry.month < today.getUTCMonth() + 1) throw invalidMonth();
  return expiry;
}

const wholeNumber = (digits: string): number =>
  /^\d{1,4}$/.test(digits.trim()) ? Number(digits) : Number.NaN;

const fourDigits = (year: number): number => (year < 100 ? 2000 + year : year);

const invalidMonth = (): ApiError =>
  cardError("Your card's expiration month is invalid.", {
    code: "invalid_expiry_month",
    param: "exp_month",
  });

const invalidYear = (): ApiError =>
  cardError("Your card's expiration year is invalid.", {
    code: "invalid_expiry_year",
    param: "exp_year",
  });
