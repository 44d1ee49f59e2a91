/**
 * Fees, rounding and how amounts read in sentences: the figures that Stripe's own test mode shows.
 */
import { expect, test } from "vitest";
import {
  currencies,
  divideRoundHalfUp,
  formatAmount,
  minimumChargeOf,
  processingFee,
  smallestStepOf,
} from "./money.ts";

test.each([
  [2000, 88],
  [950, 58],
  [2500, 103],
  [22_500, 683],
  [50, 31],
])("the fee of %i cents is %i", (amount, fee) => {
  expect(processingFee(amount, "usd")).toBe(fee);
});

test("the fixed part of the fee follows the currency's decimals", () => {
  expect(processingFee(1000, "jpy")).toBe(59);
  expect(processingFee(10_000, "kwd")).toBe(590);
});

test("a card from another country costs 1.5 % more", () => {
  expect(processingFee(2000, "usd", true)).toBe(118);
  expect(processingFee(950, "usd", true)).toBe(72);
});

test.each([
  ["usd", 1],
  ["jpy", 1],
  ["isk", 100],
  ["ugx", 100],
  ["kwd", 10],
])("an amount in %s is a multiple of %i", (currency, step) => {
  expect(smallestStepOf(currency)).toBe(step);
});

test.each([
  [50, "usd", "$0.50"],
  [99_999_999, "usd", "$999,999.99"],
  [50, "jpy", "¥50"],
  [1_234_567, "kwd", "1,234.567 kwd"],
  [400, "hkd", "4.00 hkd"],
])("%i %s reads %s", (amount, currency, text) => {
  expect(formatAmount(amount, currency)).toBe(text);
});

test("halves are rounded up and everything else to the nearest", () => {
  expect([1, 2, 3, 4, 5].map((numerator) => divideRoundHalfUp(numerator, 2))).toEqual([
    1, 1, 2, 2, 3,
  ]);
  expect(divideRoundHalfUp(27_549, 1000)).toBe(28);
  expect(divideRoundHalfUp(27_499, 1000)).toBe(27);
});

test("every currency is lower case, listed once, and can be charged from some amount on", () => {
  expect(new Set(currencies).size).toBe(currencies.length);
  for (const code of currencies) {
    expect(code).toMatch(/^[a-z]{3}$/);
    expect(minimumChargeOf(code)).toBeGreaterThan(0);
  }
});
