/**
 * The ledger's sums: the totals of the last checkpoint, and the postings since. Both are read in one statement, so
 * that a fold between them cannot be counted twice or missed.
 */
import { sql } from "kysely";
import { defineQuery } from "../../store/query.ts";
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
  (db, param) =>
    db
      .selectFrom("ledger_totals")
      .select(["currency", "available_on", "amount"])
      .where("account_id", "=", param("accountId"))
      .where("livemode", "=", param("livemode"))
      .where("ledger_account", "=", sql.lit("balance"))
      .unionAll(
        db
          .selectFrom("ledger_postings")
          .select([
            "currency",
            "available_on",
            sql<number>`case when credit = 'balance' then amount when debit = 'balance' then -amount else 0 end`.as(
              "amount",
            ),
          ])
          .where("account_id", "=", param("accountId"))
          .where("livemode", "=", param("livemode"))
          .where("checkpoint", "is", null),
      ),
);

/** Covers the next open postings with a checkpoint, and tells what they move. */
export const coverPostings = defineQuery<
  OfMode & { readonly checkpoint: number; readonly limit: number },
  Row<typeof ledgerPostings>
>([ledgerPostings], (db, param) =>
  db
    .updateTable("ledger_postings")
    .set({ checkpoint: param("checkpoint") })
    .where("account_id", "=", param("accountId"))
    .where(
      sql<boolean>`(transaction_id, line) in (${db
        .selectFrom("ledger_postings")
        .select(["transaction_id", "line"])
        .where("account_id", "=", param("accountId"))
        .where("livemode", "=", param("livemode"))
        .where("checkpoint", "is", null)
        .limit(param("limit"))})`,
    )
    .returningAll(),
);

/** Every posting of a mode, summed from zero: what the totals and the open postings must add up to. */
export const allSums = defineQuery<
  OfMode,
  { currency: string; debit: string; credit: string; amount: number }
>([ledgerPostings], (db, param) =>
  db
    .selectFrom("ledger_postings")
    .select(["currency", "debit", "credit", sql<number>`sum(amount)`.as("amount")])
    .where("account_id", "=", param("accountId"))
    .where("livemode", "=", param("livemode"))
    .groupBy(["currency", "debit", "credit"]),
);
