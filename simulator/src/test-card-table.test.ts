/** The page names every card, says what each step comes to, and is Markdown that shows as tables. */
import { describe, expect, test } from "vitest";
import { testCardTable } from "./test-card-table.ts";
import { testCards } from "./test-cards.ts";

const lines = testCardTable().split("\n");
const rowOf = (number: string): string | undefined =>
  lines.find((line) => line.startsWith(`| \`${number}\` |`));

describe("the page", () => {
  test("has one row for each card, and its names", () => {
    for (const { number, names } of testCards) {
      const rows = lines.filter((line) => line.startsWith(`| \`${number}\` |`));
      expect(rows, number).toHaveLength(1);
      for (const name of names) expect(rows[0]).toContain(`\`tok_${name}\``);
    }
  });

  test.each([
    [
      "4242424242424242",
      "| `4242424242424242` | `tok_visa`, `tok_us`, `tok_visa_credit` | Visa credit | succeeds | succeeds | succeeds | succeeded |",
    ],
    [
      "4000000000000341",
      "| `4000000000000341` | `tok_chargeCustomerFail` | attaches to a customer, then every charge is declined | succeeds | succeeds | 402 `card_declined`, `generic_decline` |  |",
    ],
    [
      "4000000000000127",
      "| `4000000000000127` | `tok_chargeDeclinedIncorrectCvc`, `tok_visa_chargeDeclinedIncorrectCvc` | declined for its CVC, when one is given | succeeds | 402 `incorrect_cvc`, param `cvc`, when a CVC is given | 402 `incorrect_cvc`, param `cvc`, when a CVC is given | succeeded |",
    ],
    [
      "4000000000005126",
      "| `4000000000005126` | `tok_refundFail` | refunds fail later | succeeds | succeeds | succeeds | succeeded, later failed (`expired_or_canceled_card`) |",
    ],
  ])("says of %s what each step comes to", (number, row) => {
    expect(rowOf(number)).toBe(row);
  });

  test("says what never becomes a token", () => {
    expect(testCardTable()).toContain(
      "| a number whose check digit is wrong | `4242424242424241` | 402 `incorrect_number`, param `number` |",
    );
  });

  test("has as many cells in each row as its table has columns", () => {
    let cells = 0;
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith("|")) continue;
      if (!lines[index - 1]?.startsWith("|")) cells = line.split("|").length;
      expect(line.split("|").length, line).toBe(cells);
    }
  });

  test("is the same text each time", () => {
    expect(testCardTable()).toBe(testCardTable());
  });
});
