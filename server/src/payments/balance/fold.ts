/**
 * The checkpoint job: adds open entries to the totals and marks them as covered, in one transaction. The balance is the
 * same before and after, and reading it stays cheap however many entries there are.
 */
import type { Platform, Scope } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import { type Legs, ledgerTotals } from "./ledger.ts";
import { type CoveredEntry, coverEntries } from "./store.ts";

/** At most this many entries a commit, so that a fold never holds up requests. */
export const foldSize = 1000;

/** @returns how many entries were folded; equal to the fold size when there may be more. */
export function foldEntries(platform: Platform, scope: Scope): Promise<number> {
  const { accountId, livemode } = scope;
  const checkpoint = platform.ids.position();
  return platform.database.transact(async (tx) => {
    await tx.lock(`ledger ${accountId} ${livemode}`);
    const entries = await tx.select(coverEntries, {
      accountId,
      checkpoint,
      limit: foldSize,
      livemode,
    });
    for (const sum of sumsOf(entries)) await addToTotal(tx, { ...sum, checkpoint, scope });
    return entries.length;
  });
}

type Sum = CoveredEntry;

/** What the entries add up to, by currency and day of availability. */
function sumsOf(entries: readonly CoveredEntry[]): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const entry of entries) {
    const name = `${entry.currency} ${entry.available_on}`;
    const sum = sums.get(name);
    sums.set(name, sum === undefined ? entry : { ...entry, ...added(sum, entry) });
  }
  return [...sums.values()];
}

const added = (a: Legs, b: Legs): Legs => ({
  balance: a.balance + b.balance,
  clearing: a.clearing + b.clearing,
  fees: a.fees + b.fees,
});

async function addToTotal(
  tx: Transaction,
  sum: Sum & { readonly scope: Scope; readonly checkpoint: number },
): Promise<void> {
  const key = {
    account_id: sum.scope.accountId,
    available_on: sum.available_on,
    currency: sum.currency,
    livemode: sum.scope.livemode,
  };
  const { checkpoint } = sum;
  const total = await tx.get(ledgerTotals, key);
  if (total === undefined) {
    const { balance, clearing, fees } = sum;
    tx.insert(ledgerTotals, { ...key, balance, checkpoint, clearing, fees, version: 1 });
  } else {
    tx.update(ledgerTotals, total, { ...added(total, sum), checkpoint });
  }
}
