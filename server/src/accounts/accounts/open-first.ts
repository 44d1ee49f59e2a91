/**
 * The first account: made on an empty store, found again at every later start. It also settles where the business
 * clock of test mode stands, which a restart never turns back.
 */

import type { Ids } from "../../core/ids.ts";
import type { Database } from "../../store/database.ts";
import { type AccountRow, accounts } from "./schema.ts";
import { initialSettings } from "./settings.ts";
import { latestTestEvent, oldestAccount } from "./store.ts";

/**
 * @param clockStartMs where test mode's business clock starts, in milliseconds since 1970, if the store is empty.
 * @param nowMs the machine's clock.
 */
export async function openFirstAccount(
  database: Database,
  ids: Ids,
  { clockStartMs, nowMs }: { readonly clockStartMs: number | null; readonly nowMs: number },
): Promise<AccountRow> {
  const [found] = await database.committed.select(oldestAccount, {});
  if (found === undefined) return createAccount(database, ids, { clockStartMs, nowMs });
  const [latest] = await database.committed.select(latestTestEvent, {
    accountId: found.account_id,
  });
  const behindMs = (latest?.created ?? 0) * 1000 - (nowMs + found.test_clock_offset_ms);
  if (behindMs <= 0) return found;
  // The machine's clock was turned back since: the business clock goes on from the last thing that happened.
  return database.transact(async (tx) =>
    tx.update(accounts, found, { test_clock_offset_ms: found.test_clock_offset_ms + behindMs }),
  );
}

function createAccount(
  database: Database,
  ids: Ids,
  { clockStartMs, nowMs }: { readonly clockStartMs: number | null; readonly nowMs: number },
): Promise<AccountRow> {
  const account: AccountRow = {
    ...initialSettings,
    account_id: `acct_${ids.secret(16)}`,
    created: Math.floor(nowMs / 1000),
    test_clock_offset_ms: clockStartMs === null ? 0 : clockStartMs - nowMs,
    version: 1,
  };
  return database.transact(async (tx) => {
    tx.insert(accounts, account);
    return account;
  });
}
