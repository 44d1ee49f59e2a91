/**
 * Writes what a charge does to the balance: the balance transaction that the API shows, and its ledger entry.
 */
import type { Context } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import { chargeLegs, postEntry } from "./ledger.ts";
import { type BalanceTransactionRow, balanceTransactions } from "./schema.ts";

const daySeconds = 86_400;
/** Two business days, the pace of an established account. */
const settlementBusinessDays = 2;

/** What of a charge the balance needs to know. */
export interface ChargedAmount {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
}

export function recordCharge(
  tx: Transaction,
  context: Context,
  about: {
    readonly charge: ChargedAmount;
    readonly fee: number;
    readonly isAvailableAtOnce: boolean;
  },
): BalanceTransactionRow {
  const { charge, fee, isAvailableAtOnce } = about;
  const transaction: BalanceTransactionRow = {
    account_id: context.accountId,
    amount: charge.amount,
    available_on: isAvailableAtOnce ? context.now : availableOn(context.now),
    created: context.now,
    currency: charge.currency,
    description: charge.description,
    fee,
    id: context.ids.next("txn_"),
    livemode: context.livemode,
    position: context.ids.position(),
    source: charge.id,
    type: "charge",
  };
  tx.insert(balanceTransactions, transaction);
  postEntry(tx, transaction, chargeLegs(charge.amount, fee));
  return transaction;
}

/** Midnight UTC after the settlement days, weekends not counted. */
export function availableOn(now: number): number {
  let day = Math.floor(now / daySeconds);
  for (let counted = 0; counted < settlementBusinessDays; ) {
    day += 1;
    // Day 0 of the epoch was a Thursday: 4 in a week that starts on Sunday.
    const weekday = (day + 4) % 7;
    if (weekday !== 0 && weekday !== 6) counted += 1;
  }
  return day * daySeconds;
}
