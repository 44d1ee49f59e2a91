/**
 * The acquirer reference number, by which a cardholder's bank finds a refund. It becomes known some time after the
 * money has gone its way, and never for a refund that moved none.
 */
import type { LaterOutcome } from "../schema.ts";

/** A day of the business clock: acquirers take one to seven. */
const knownAfterSeconds = 86_400;

/** What is still to happen to a refund that has got through, as columns of its row. */
export const awaitingReference = (
  now: number,
): { readonly due: number; readonly later: LaterOutcome } => ({
  due: now + knownAfterSeconds,
  later: { reason: null, status: "referenced" },
});

/**
 * 23 digits: the format, the acquirer, the day as its year's last digit and its number in the year, a number of the
 * refund's own, and the check digit. The acquirer is none: no card scheme gives out zeros.
 *
 * @param now Unix seconds. @param own a different one for each refund.
 */
export function acquirerReference(now: number, own: number): string {
  const day = new Date(now * 1000);
  const yearStart = Date.UTC(day.getUTCFullYear(), 0, 0);
  const dayOfYear = Math.floor((now * 1000 - yearStart) / 86_400_000);
  const date = `${day.getUTCFullYear() % 10}${String(dayOfYear).padStart(3, "0")}`;
  const number = String(own % 10 ** 11).padStart(11, "0");
  const digits = `7000000${date}${number}`;
  return digits + checkDigit(digits);
}

/** By Luhn's method, as the reference of a card payment has it. */
function checkDigit(digits: string): string {
  let sum = 0;
  for (let at = digits.length - 1, isDoubled = true; at >= 0; at--, isDoubled = !isDoubled) {
    const value = Number(digits[at]) * (isDoubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return String((10 - (sum % 10)) % 10);
}
