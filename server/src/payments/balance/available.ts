/**
 * The job that tells an account when money that was pending has become available: once for each day on which some has,
 * with the balance as it stands then. What becomes available does so at midnight UTC of the business clock.
 */
import { settingsOf } from "../../accounts/accounts/settings.ts";
import type { Platform, Scope } from "../../context.ts";
import { eventOf } from "../../resource.ts";
import type { Reader } from "../../store/database.ts";
import { jobContext } from "../job-context.ts";
import { type BalanceChangeRow, balanceChangeResource, balanceChanges } from "./balance-change.ts";
import { balanceOf } from "./retrieve.ts";
import { balanceSums, daysAvailable, latestChange } from "./store.ts";

/** @returns whether the account was told of anything. */
export async function announceAvailable(platform: Platform, scope: Scope): Promise<boolean> {
  const { committed } = platform.database;
  const { accountId, livemode } = scope;
  const context = jobContext(platform, scope);
  const { now } = context;
  if (!(await hasBecomeAvailable(committed, scope, now))) return false;
  const { default_currency: defaultCurrency } = await settingsOf(platform, accountId);
  return platform.database.transact(async (tx) => {
    await tx.lock(`balance changes ${accountId} ${livemode}`);
    // Another process may have told of it meanwhile.
    if (!(await hasBecomeAvailable(tx, scope, now))) return false;
    const sums = await tx.select(balanceSums, { accountId, livemode });
    const { available, pending } = balanceOf(sums, { defaultCurrency, livemode, now });
    const row: BalanceChangeRow = {
      account_id: accountId,
      available,
      created: now,
      id: context.ids.next("bal_"),
      livemode,
      pending,
      position: context.ids.position(),
    };
    tx.insert(balanceChanges, row);
    tx.emit(eventOf(context, "balance.available", { resource: balanceChangeResource, row }));
    return true;
  });
}

/** Whether money has become available since the account was last told, that was pending before. */
async function hasBecomeAvailable(
  reader: Reader,
  { accountId, livemode }: Scope,
  now: number,
): Promise<boolean> {
  const [latest] = await reader.select(latestChange, { accountId, livemode });
  const asked = { accountId, livemode, now, since: latest?.created ?? 0 };
  return (await reader.select(daysAvailable, asked)).length > 0;
}
