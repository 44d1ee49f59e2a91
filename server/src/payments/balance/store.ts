/**
 * The ledger's sums: the totals of the last checkpoint, and the postings since. Both are read in one statement, so
 * that a fold between them cannot be counted twice or missed.
 */
import { columnsOf, defineQuery } from "../../store/query.ts";
import type { Row } from "../../store/table.ts";
import { ledgerPostings, ledgerTotals } from "./ledger.ts";

interface OfMode {
  readonly accountId: string;
  readonly livemode: boolean;
}

/** One sum of the balance account. `amount` is what is owed to the account, in minor units. */
export interface BalanceSum {
  readonly currency: string;
  readonly available_on: number;
  readonly amount: number;
}

/** The balance account by currency and day of availability. */
export const balanceSums = defineQuery<OfMode, BalanceSum>(
  [ledgerTotals, ledgerPostings],
  (param) => `select currency, available_on, amount from ledger_totals
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and ledger_account = 'balance'
    union all
    select currency, available_on,
      case when credit = 'balance' then amount when debit = 'balance' then -amount else 0 end
    from ledger_postings
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and checkpoint is null`,
);

/** Covers the next open postings with a checkpoint, and tells what they move. */
export const coverPostings = defineQuery<
  OfMode & { readonly checkpoint: number; readonly limit: number },
  Row<typeof ledgerPostings>
>(
  [ledgerPostings],
  (param) => `update ledger_postings set checkpoint = ${param("checkpoint")}
    where account_id = ${param("accountId")} and (transaction_id, line) in (
      select transaction_id, line from ledger_postings
      where account_id = ${param("accountId")} and livemode = ${param("livemode")}
        and checkpoint is null
      limit ${param("limit")})
    returning ${columnsOf(ledgerPostings)}`,
);

/** Every posting of a mode, summed from zero: what the totals and the open postings must add up to. */
export const allSums = defineQuery<
  OfMode,
  { currency: string; debit: string; credit: string; amount: number }
>(
  [ledgerPostings],
  (param) => `select currency, debit, credit, sum(amount) as amount from ledger_postings
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    group by currency, debit, credit`,
);
