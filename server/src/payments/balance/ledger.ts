/**
 * The double-entry ledger beneath the balance. A posting moves one amount from the ledger account it debits to the one
 * it credits, so every transaction sums to zero per currency by its shape. Postings are never changed; a checkpoint
 * proves the sums of those before it, and a balance is the totals of the last checkpoint plus the postings since.
 */
import type { Transaction } from "../../store/database.ts";
import * as column from "../../store/table.ts";
import type { BalanceTransactionRow } from "./schema.ts";

/**
 * `clearing` is what the processor owes us, `balance` what we owe the account, `fees` what processing cost it.
 */
export type LedgerAccount = "clearing" | "balance" | "fees";

export const ledgerPostings = column.defineTable(
  "ledger_postings",
  {
    account_id: column.text,
    transaction_id: column.text,
    line: column.integer,
    livemode: column.boolean,
    debit: column.text as column.Column<LedgerAccount>,
    credit: column.text as column.Column<LedgerAccount>,
    currency: column.text,
    amount: column.integer,
    available_on: column.integer,
    checkpoint: column.nullable(column.integer),
  },
  ["account_id", "transaction_id", "line"],
);

export const ledgerTotals = column.defineTable(
  "ledger_totals",
  {
    account_id: column.text,
    livemode: column.boolean,
    ledger_account: column.text as column.Column<LedgerAccount>,
    currency: column.text,
    available_on: column.integer,
    amount: column.integer,
    checkpoint: column.integer,
    version: column.integer,
  },
  ["account_id", "livemode", "ledger_account", "currency", "available_on"],
);

/** One movement of money, in the order it happened. Amounts are positive minor units. */
export interface Movement {
  readonly debit: LedgerAccount;
  readonly credit: LedgerAccount;
  readonly amount: number;
}

/** A charge: the processor owes the amount, the account is owed it, and pays the fee. */
export const chargeMovements = (amount: number, fee: number): readonly Movement[] => [
  { amount, credit: "balance", debit: "clearing" },
  { amount: fee, credit: "fees", debit: "balance" },
];

/** Writes a movement of money: the balance transaction that the API shows and the postings that prove it. */
export function postMovements(
  tx: Transaction,
  transaction: BalanceTransactionRow,
  movements: readonly Movement[],
): void {
  for (const [line, { debit, credit, amount }] of movements.entries()) {
    if (!Number.isSafeInteger(amount) || amount < 0)
      throw new Error(`a posting cannot move ${amount}`);
    if (amount === 0) continue;
    tx.insert(ledgerPostings, {
      account_id: transaction.account_id,
      amount,
      available_on: transaction.available_on,
      checkpoint: null,
      credit,
      currency: transaction.currency,
      debit,
      line,
      livemode: transaction.livemode,
      transaction_id: transaction.id,
    });
  }
}
