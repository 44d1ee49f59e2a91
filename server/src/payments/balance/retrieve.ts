/**
 * The balance of a mode: per currency, what is available by the business clock and what is still pending.
 */
import type { Context } from "../../context.ts";
import type { Balance } from "./schema.ts";
import { balanceSums } from "./store.ts";

/** What an account without any movement shows. */
const defaultCurrency = "usd";

export async function retrieveBalance(context: Context): Promise<Balance> {
  const { accountId, livemode, now } = context;
  const sums = await context.database.committed.select(balanceSums, { accountId, livemode });
  const available = new Map<string, number>();
  const pending = new Map<string, number>();
  for (const { currency, available_on, balance } of sums) {
    // Both lists show every currency of the account, so that a reader finds the same ones in each.
    for (const side of [available, pending]) side.set(currency, side.get(currency) ?? 0);
    const side = available_on <= now ? available : pending;
    side.set(currency, (side.get(currency) ?? 0) + balance);
  }
  return { available: amounts(available), livemode, object: "balance", pending: amounts(pending) };
}

function amounts(byCurrency: ReadonlyMap<string, number>): Balance["available"] {
  const entries = byCurrency.size === 0 ? [[defaultCurrency, 0] as const] : [...byCurrency];
  return entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
}
