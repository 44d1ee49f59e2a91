/**
 * The ledger's sums: the totals of the last checkpoint, and the entries since. Both are read in one statement, so that a
 * fold between them cannot be counted twice or missed.
 */
import { defineQuery } from "../../store/query.ts";
import { balanceChanges } from "./balance-change.ts";
import { type Legs, ledgerEntries, ledgerTotals } from "./ledger.ts";

interface OfMode {
  readonly accountId: string;
  readonly livemode: boolean;
}

/** One sum of the balance account. `balance` is what is owed to the account, in minor units. */
export interface BalanceSum {
  readonly currency: string;
  readonly available_on: number;
  readonly balance: number;
}

/** The balance account by currency and day of availability. */
export const balanceSums = defineQuery<OfMode, BalanceSum>(
  [ledgerTotals, ledgerEntries],
  (param) => `select currency, available_on, balance from ledger_totals
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    union all
    select currency, available_on, balance from ledger_entries
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and checkpoint is null`,
);

/** The last time that the account was told of money that became available. */
export const latestChange = defineQuery<OfMode, { readonly created: number }>(
  [balanceChanges],
  (param) => `select created from balance_changes
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    order by created desc, position desc limit 1`,
);

/**
 * A day after `since` on which money became available by `now`, if there is one. The totals alone are asked: an entry is
 * folded into them long before its day. What is available at once is so at any second of a day, and no news.
 */
export const daysAvailable = defineQuery<
  OfMode & { readonly since: number; readonly now: number },
  { readonly day: number }
>(
  [ledgerTotals],
  (param) => `select available_on as day from ledger_totals
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and available_on > ${param("since")} and available_on <= ${param("now")}
      and balance <> 0 and available_on % 86400 = 0
    limit 1`,
);

/** What a fold needs of an entry that it has covered. */
export interface CoveredEntry extends Legs {
  readonly currency: string;
  readonly available_on: number;
}

/** Covers the next open entries with a checkpoint, and tells what they add. */
export const coverEntries = defineQuery<
  OfMode & { readonly checkpoint: number; readonly limit: number },
  CoveredEntry
>(
  [ledgerEntries],
  (param) => `update ledger_entries set checkpoint = ${param("checkpoint")}
    where account_id = ${param("accountId")} and transaction_id in (
      select transaction_id from ledger_entries
      where account_id = ${param("accountId")} and livemode = ${param("livemode")}
        and checkpoint is null
      limit ${param("limit")})
    returning currency, available_on, clearing, balance, fees`,
);

/** Every entry of a mode, summed from zero: what the totals and the open entries must add up to. */
export const allSums = defineQuery<OfMode, Legs & { readonly currency: string }>(
  [ledgerEntries],
  (param) => `select currency, sum(clearing) as clearing, sum(balance) as balance, sum(fees) as fees
    from ledger_entries
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    group by currency`,
);
