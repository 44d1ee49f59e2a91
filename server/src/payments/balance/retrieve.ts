/**
 * The balance of a mode: per currency, what is available by the business clock and what is still pending.
 */
import { settingsOf } from "../../accounts/accounts/settings.ts";
import type { Context } from "../../context.ts";
import type { Balance } from "./schema.ts";
import { type BalanceSum, balanceSums } from "./store.ts";

export async function retrieveBalance(context: Context): Promise<Balance> {
  const { accountId, livemode, now } = context;
  const sums = await context.database.committed.select(balanceSums, { accountId, livemode });
  const { default_currency } = await settingsOf(context, accountId);
  return balanceOf(sums, { defaultCurrency: default_currency, livemode, now });
}

/** @param at `defaultCurrency` is what an account without any movement shows. `now`: Unix seconds. */
export function balanceOf(
  sums: readonly BalanceSum[],
  at: { readonly defaultCurrency: string; readonly livemode: boolean; readonly now: number },
): Balance {
  const { defaultCurrency, livemode, now } = at;
  const available = new Map<string, number>();
  const pending = new Map<string, number>();
  for (const { currency, available_on, balance } of sums) {
    // Both lists show every currency of the account, so that a reader finds the same ones in each.
    for (const side of [available, pending]) side.set(currency, side.get(currency) ?? 0);
    const side = available_on <= now ? available : pending;
    side.set(currency, (side.get(currency) ?? 0) + balance);
  }
  if (sums.length === 0) for (const side of [available, pending]) side.set(defaultCurrency, 0);
  return { available: amounts(available), livemode, object: "balance", pending: amounts(pending) };
}

function amounts(byCurrency: ReadonlyMap<string, number>): Balance["available"] {
  return [...byCurrency]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
}
