/**
 * The ledger's report as sentences: each difference names what it is about, what was expected and what is there.
 */
import { expect, it } from "vitest";
import { reportText } from "./ledger.ts";

const checked = { balance_transactions: 3, charges: 2, entries: 9, refunds: 1, totals: 2 };
const difference = {
  currency: "usd",
  expected: 2000,
  found: 1900,
  id: "txn_1",
  kind: "balance_transaction",
};

it("that balances says what was checked", () => {
  expect(reportText({ checked, ok: true }, [])).toBe(
    "The ledger balances. Checked: 3 balance transactions, 2 charges, 9 entries, 1 refunds, 2 totals.\n",
  );
});

it("that does not says each difference in a line, and not that it balances", () => {
  const text = reportText({ checked, ok: false }, [
    difference,
    { ...difference, found: null, id: "txn_2" },
    { ...difference, expected: null, id: "txn_3" },
    { expected: 0, found: 5, id: null, kind: "total" },
  ]);
  expect(text.split("\n")).toEqual([
    "The balance transaction txn_1 should be 2000 usd and is 1900 usd.",
    "The balance transaction txn_2 should be 2000 usd and is missing.",
    "The balance transaction txn_3 should not be there and is 1900 usd.",
    "The total should be 0 and is 5.",
    "",
  ]);
});
