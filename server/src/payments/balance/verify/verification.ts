/**
 * The pages that a verification of the ledger reads, in order of their keys. Each row stands beside what it has to agree
 * with, read in the same statement, so that a request between two pages makes nothing look wrong.
 */
import { defineQuery } from "../../../store/query.ts";
import { type ChargeRow, charges } from "../../charges/schema.ts";
import { type RefundRow, refunds } from "../../refunds/schema.ts";
import { type Legs, ledgerEntries, ledgerTotals } from "../ledger.ts";
import { type BalanceTransactionRow, balanceTransactions } from "../schema.ts";

export interface PageOf {
  readonly accountId: string;
  readonly livemode: boolean;
  /** The last key of the page before; empty at the start. */
  readonly after: string;
  readonly limit: number;
}

/** An aggregate, which PostgreSQL gives as text; null where there is nothing. */
export type Figure = number | string | null;

export interface EntryBeside extends Legs {
  readonly transaction_id: string;
  readonly currency: string;
  readonly available_on: number;
  readonly checkpoint: number | null;
  /** Of its balance transaction; null where there is none. */
  readonly wanted_amount: Figure;
  readonly wanted_fee: Figure;
  readonly wanted_currency: string | null;
  readonly wanted_day: Figure;
}

export const entriesBeside = defineQuery<PageOf, EntryBeside>(
  [ledgerEntries, balanceTransactions],
  (
    param,
  ) => `select e.transaction_id, e.currency, e.available_on, e.checkpoint, e.clearing, e.balance,
      e.fees, t.amount as wanted_amount, t.fee as wanted_fee, t.currency as wanted_currency,
      t.available_on as wanted_day
    from ledger_entries e
    left join balance_transactions t on t.account_id = e.account_id and t.id = e.transaction_id
    where e.account_id = ${param("accountId")} and e.livemode = ${param("livemode")}
      and e.transaction_id > ${param("after")}
    order by e.transaction_id limit ${param("limit")}`,
);

export interface TransactionBeside
  extends Pick<BalanceTransactionRow, "id" | "currency" | "amount"> {
  /** Its own id where it has a ledger entry. */
  readonly entry: string | null;
  /** The id of the balance transaction that its source names for its type: its own. */
  readonly named: string | null;
}

export const transactionsBeside = defineQuery<PageOf, TransactionBeside>(
  [balanceTransactions, ledgerEntries, charges, refunds],
  (param) => `select t.id, t.currency, t.amount, e.transaction_id as entry,
      case t.type
        when 'charge' then c.balance_transaction
        when 'refund' then r.balance_transaction
        else r.failure_balance_transaction
      end as named
    from balance_transactions t
    left join ledger_entries e on e.account_id = t.account_id and e.transaction_id = t.id
    left join charges c on c.account_id = t.account_id and c.id = t.source
    left join refunds r on r.account_id = t.account_id and r.id = t.source
    where t.account_id = ${param("accountId")} and t.livemode = ${param("livemode")}
      and t.id > ${param("after")}
    order by t.id limit ${param("limit")}`,
);

export interface ChargeBeside
  extends Pick<
    ChargeRow,
    "id" | "currency" | "captured" | "amount_captured" | "amount_refunded" | "balance_transaction"
  > {
  /** What its balance transaction moves. */
  readonly moved: Figure;
  /** What its refunds give back, those that failed aside. */
  readonly refunded: Figure;
}

export const chargesBeside = defineQuery<PageOf, ChargeBeside>(
  [charges, balanceTransactions, refunds],
  (param) => `select c.id, c.currency, c.captured, c.amount_captured, c.amount_refunded,
      c.balance_transaction, t.amount as moved,
      (select sum(r.amount) from refunds r
        where r.account_id = c.account_id and r.livemode = c.livemode and r.charge = c.id
          and r.status not in ('failed', 'canceled')) as refunded
    from charges c
    left join balance_transactions t on t.account_id = c.account_id and t.id = c.balance_transaction
    where c.account_id = ${param("accountId")} and c.livemode = ${param("livemode")}
      and c.id > ${param("after")}
    order by c.id limit ${param("limit")}`,
);

export interface RefundBeside
  extends Pick<
    RefundRow,
    "id" | "currency" | "amount" | "status" | "balance_transaction" | "failure_balance_transaction"
  > {
  /** What its balance transactions move. */
  readonly moved: Figure;
  readonly moved_back: Figure;
}

export const refundsBeside = defineQuery<PageOf, RefundBeside>(
  [refunds, balanceTransactions],
  (param) => `select r.id, r.currency, r.amount, r.status, r.balance_transaction,
      r.failure_balance_transaction, t.amount as moved, f.amount as moved_back
    from refunds r
    left join balance_transactions t on t.account_id = r.account_id and t.id = r.balance_transaction
    left join balance_transactions f
      on f.account_id = r.account_id and f.id = r.failure_balance_transaction
    where r.account_id = ${param("accountId")} and r.livemode = ${param("livemode")}
      and r.id > ${param("after")}
    order by r.id limit ${param("limit")}`,
);

interface Total {
  readonly currency: string;
  readonly available_on: number;
  readonly balance: number;
  readonly fees: number;
  readonly checkpoint: number;
}

/** By currency and day: one row for each day on which money became available. */
export const totalsNow = defineQuery<Pick<PageOf, "accountId" | "livemode">, Total>(
  [ledgerTotals],
  (param) => `select currency, available_on, balance, fees, checkpoint from ledger_totals
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    order by currency, available_on`,
);
