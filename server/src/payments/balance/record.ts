/**
 * Writes what a charge or a refund does to the balance: the balance transaction that the API shows, and its ledger
 * entry. A refund gives back no fee.
 */
import type { Platform, Scope } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import { chargeLegs, type Legs, plainLegs, postEntry } from "./ledger.ts";
import { type BalanceTransactionRow, balanceTransactions } from "./schema.ts";

const daySeconds = 86_400;
/** Two business days, the pace of an established account. */
const settlementBusinessDays = 2;

/** Where and when money moves. */
type At = Pick<Platform, "ids"> & Scope & { readonly now: number };

/** What of a charge or a refund the balance needs to know. */
export interface MovedAmount {
  readonly id: string;
  /** Minor units, more than 0. */
  readonly amount: number;
  readonly currency: string;
  /** The charge's. */
  readonly description: string | null;
}

export function recordCharge(
  tx: Transaction,
  at: At,
  about: {
    readonly charge: MovedAmount;
    readonly fee: number;
    readonly isAvailableAtOnce: boolean;
  },
): BalanceTransactionRow {
  const { charge, fee, isAvailableAtOnce } = about;
  return record(tx, at, {
    amount: charge.amount,
    availableOn: isAvailableAtOnce ? at.now : availableOn(at.now),
    currency: charge.currency,
    description: charge.description,
    fee,
    legs: chargeLegs(charge.amount, fee),
    source: charge.id,
    type: "charge",
  });
}

/** Takes what is given back from the balance, which may go below zero. */
export const recordRefund = (tx: Transaction, at: At, refund: MovedAmount): BalanceTransactionRow =>
  record(tx, at, {
    ...movementOf(refund, -refund.amount, at),
    description: describe("REFUND FOR CHARGE", refund),
    type: "refund",
  });

/** Puts back what a refund took that did not get through. */
export const recordRefundFailure = (
  tx: Transaction,
  at: At,
  refund: MovedAmount,
): BalanceTransactionRow =>
  record(tx, at, {
    ...movementOf(refund, refund.amount, at),
    description: describe("REFUND FAILURE FOR CHARGE", refund),
    type: "refund_failure",
  });

const movementOf = (refund: MovedAmount, amount: number, at: At) => ({
  amount,
  availableOn: availableOn(at.now),
  currency: refund.currency,
  fee: 0,
  legs: plainLegs(amount),
  source: refund.id,
});

const describe = (words: string, { description }: MovedAmount): string =>
  description === null ? words : `${words} (${description})`;

interface Movement {
  readonly type: BalanceTransactionRow["type"];
  readonly amount: number;
  readonly fee: number;
  readonly currency: string;
  readonly availableOn: number;
  readonly description: string | null;
  readonly source: string;
  readonly legs: Legs;
}

function record(tx: Transaction, at: At, movement: Movement): BalanceTransactionRow {
  const transaction: BalanceTransactionRow = {
    account_id: at.accountId,
    amount: movement.amount,
    available_on: movement.availableOn,
    created: at.now,
    currency: movement.currency,
    description: movement.description,
    fee: movement.fee,
    id: at.ids.next("txn_"),
    livemode: at.livemode,
    position: at.ids.position(),
    source: movement.source,
    type: movement.type,
  };
  tx.insert(balanceTransactions, transaction);
  postEntry(tx, transaction, movement.legs);
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
