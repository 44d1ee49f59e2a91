/**
 * The double-entry ledger beneath the balance. An entry says what one balance transaction does to each ledger account;
 * its legs sum to zero, and the database refuses one whose do not. Entries are never changed; a checkpoint proves the
 * sums of those before it, and a balance is the totals of the last checkpoint plus the entries since.
 */
import type { Transaction } from "../../store/database.ts";
import * as column from "../../store/table.ts";
import type { BalanceTransactionRow } from "./schema.ts";

/**
 * What an entry adds to each ledger account, in minor units: `clearing` is what the processor owes us (negative while it
 * does), `balance` what we owe the account, `fees` what processing cost it.
 */
export interface Legs {
  readonly clearing: number;
  readonly balance: number;
  readonly fees: number;
}

const legs = { clearing: column.integer, balance: column.integer, fees: column.integer };

export const ledgerEntries = column.defineTable(
  "ledger_entries",
  {
    account_id: column.text,
    transaction_id: column.text,
    livemode: column.boolean,
    currency: column.text,
    available_on: column.integer,
    ...legs,
    checkpoint: column.nullable(column.integer),
  },
  { key: ["account_id", "transaction_id"] },
);

export const ledgerTotals = column.defineTable(
  "ledger_totals",
  {
    account_id: column.text,
    livemode: column.boolean,
    currency: column.text,
    available_on: column.integer,
    ...legs,
    checkpoint: column.integer,
    version: column.integer,
  },
  { key: ["account_id", "livemode", "currency", "available_on"] },
);

/** A charge: the processor owes the amount, the account is owed it less the fee. */
export const chargeLegs = (amount: number, fee: number): Legs => ({
  balance: amount - fee,
  clearing: -amount,
  fees: fee,
});

/** What moves without a fee, in minor units: a refund takes from the balance, a refund that failed gives it back. */
export const plainLegs = (amount: number): Legs => ({
  balance: amount,
  clearing: -amount,
  fees: 0,
});

/** Writes the entry of a balance transaction. @throws Error when the legs do not balance: a bug, caught before the row. */
export function postEntry(tx: Transaction, transaction: BalanceTransactionRow, entry: Legs): void {
  if (entry.clearing + entry.balance + entry.fees !== 0) {
    throw new Error(`the ledger entry of ${transaction.id} does not balance`);
  }
  tx.insert(ledgerEntries, {
    account_id: transaction.account_id,
    available_on: transaction.available_on,
    balance: entry.balance,
    checkpoint: null,
    clearing: entry.clearing,
    currency: transaction.currency,
    fees: entry.fees,
    livemode: transaction.livemode,
    transaction_id: transaction.id,
  });
}
