/**
 * Frees idempotency keys after their day. A record that is still claimed stays until it is a day old too.
 */
import type { Platform, Scope } from "../../context.ts";
import { defineQuery } from "../../store/query.ts";
import { idempotencyKeys } from "./schema.ts";

const keptMs = 24 * 3600 * 1000;
const pruneSize = 500;

const deleteOldKeys = defineQuery<
  { accountId: string; livemode: boolean; before: number; limit: number },
  never
>(
  [idempotencyKeys],
  (param) => `delete from idempotency_keys
    where account_id = ${param("accountId")} and livemode = ${param("livemode")} and key in (
      select key from idempotency_keys
      where account_id = ${param("accountId")} and livemode = ${param("livemode")}
        and created_ms < ${param("before")}
      order by created_ms limit ${param("limit")})`,
);

/** @returns whether there may be more. */
export async function pruneKeys(platform: Platform, scope: Scope): Promise<boolean> {
  const before = platform.clock.system() - keptMs;
  const { accountId, livemode } = scope;
  const count = await platform.database.transact((tx) =>
    tx.execute(deleteOldKeys, { accountId, before, limit: pruneSize, livemode }),
  );
  return count === pruneSize;
}
