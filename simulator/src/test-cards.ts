/**
 * Every test card that the simulator knows, in the order of the published lists. One row per number, each number once.
 * These numbers are published constants, not cardholder data.
 */
import { brandCards } from "./cards/brands.ts";
import { pays, type Row, type TestCard } from "./cards/card.ts";
import { countryCards } from "./cards/countries.ts";
import { declinedCards } from "./cards/declines.ts";
import { laterCards } from "./cards/disputes-and-refunds.ts";
import { fraudAndCheckCards } from "./cards/fraud-and-checks.ts";
import { threeDSecureCards } from "./cards/three-d-secure.ts";

export interface TestCardGroup {
  readonly title: string;
  readonly cards: readonly TestCard[];
}

const groupOf = (title: string, rows: readonly Row[]): TestCardGroup => ({
  title,
  cards: rows.map(([number, names, about, rule, expected = pays]) => ({
    number,
    names: names === "" ? [] : names.split(" "),
    about,
    rule,
    expected,
  })),
});

export const testCardGroups: readonly TestCardGroup[] = [
  groupOf("Brands", brandCards),
  groupOf("Declines", declinedCards),
  groupOf("Fraud, CVC and address checks", fraudAndCheckCards),
  groupOf("Disputes, refunds and payouts", laterCards),
  groupOf("3-D Secure", threeDSecureCards),
  groupOf("Countries", countryCards),
];

export const testCards: readonly TestCard[] = testCardGroups.flatMap(({ cards }) => cards);

/** The cards by name, without `tok_` or `pm_card_`. Each carries a CVC of the length its brand has. */
export function namedTestCards(): Map<string, { number: string; cvc: string }> {
  const named = new Map<string, { number: string; cvc: string }>();
  for (const { number, names } of testCards) {
    const cvc = /^3[47]/.test(number) ? "1234" : "123";
    for (const name of names) named.set(name, { number, cvc });
  }
  return named;
}
