/**
 * The ledger's sums: the totals of the last checkpoint, and the entries since. Both are read in one statement, so that a
 * fold between them cannot be counted twice or missed.
 */
import { defineQuery } from "../../store/query.ts";
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
