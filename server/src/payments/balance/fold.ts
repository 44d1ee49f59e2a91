/**
 * The checkpoint job: adds open postings to the totals and marks them as covered, in one transaction. The balance is
 * the same before and after, and reading it stays cheap however many postings there are.
 */
import type { Platform, Scope } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import type { Row } from "../../store/table.ts";
import { type LedgerAccount, type ledgerPostings, ledgerTotals } from "./ledger.ts";
import { coverPostings } from "./store.ts";

/** At most this many postings a commit, so that a fold never holds up requests. */
export const foldSize = 1000;

type Posting = Row<typeof ledgerPostings>;

/** @returns how many postings were folded; equal to the fold size when there may be more. */
export function foldPostings(platform: Platform, scope: Scope): Promise<number> {
  const { accountId, livemode } = scope;
  const checkpoint = platform.ids.position();
  return platform.database.transact(async (tx) => {
    await tx.lock(`ledger ${accountId} ${livemode}`);
    const postings = await tx.select(coverPostings, {
      accountId,
      checkpoint,
      limit: foldSize,
      livemode,
    });
    for (const change of sumsOf(postings)) await addToTotal(tx, { ...change, checkpoint, scope });
    return postings.length;
  });
}

interface Change {
  readonly ledgerAccount: LedgerAccount;
  readonly currency: string;
  readonly availableOn: number;
  readonly amount: number;
}

/** What the postings do to each ledger account: credits add, debits take away. */
function sumsOf(postings: readonly Posting[]): Change[] {
  const sums = new Map<string, Change>();
  const add = (ledgerAccount: LedgerAccount, posting: Posting, amount: number): void => {
    const name = `${ledgerAccount} ${posting.currency} ${posting.available_on}`;
    sums.set(name, {
      amount: (sums.get(name)?.amount ?? 0) + amount,
      availableOn: posting.available_on,
      currency: posting.currency,
      ledgerAccount,
    });
  };
  for (const posting of postings) {
    add(posting.credit, posting, posting.amount);
    add(posting.debit, posting, -posting.amount);
  }
  return [...sums.values()];
}

async function addToTotal(
  tx: Transaction,
  change: Change & { readonly scope: Scope; readonly checkpoint: number },
): Promise<void> {
  const key = {
    account_id: change.scope.accountId,
    available_on: change.availableOn,
    currency: change.currency,
    ledger_account: change.ledgerAccount,
    livemode: change.scope.livemode,
  };
  const { checkpoint } = change;
  const total = await tx.get(ledgerTotals, key);
  if (total === undefined)
    tx.insert(ledgerTotals, { ...key, amount: change.amount, checkpoint, version: 1 });
  else tx.update(ledgerTotals, total, { amount: total.amount + change.amount, checkpoint });
}
