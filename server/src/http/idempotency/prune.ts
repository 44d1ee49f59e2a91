/**
 * Frees idempotency keys after their day. A record that is still claimed stays until it is a day old too.
 */
import type { Platform, Scope } from "../../context.ts";
import { defineQuery } from "../../store/query.ts";
import { idempotencyKeys, keyKeptMs } from "./schema.ts";

const pruneSize = 500;

interface OfMode {
  readonly accountId: string;
  readonly livemode: boolean;
}

/** The age up to which one turn deletes: that of the last of the next few records. */
const nextAge = defineQuery<
  OfMode & { readonly before: number; readonly limit: number },
  { readonly created_ms: number }
>(
  [idempotencyKeys],
  (param) => `select created_ms from idempotency_keys
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and created_ms < ${param("before")}
    order by created_ms limit ${param("limit")}`,
);

const deleteUpTo = defineQuery<OfMode & { readonly age: number }, never>(
  [idempotencyKeys],
  (param) => `delete from idempotency_keys
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and created_ms <= ${param("age")}`,
);

/** @returns whether there may be more. */
export async function pruneKeys(platform: Platform, scope: Scope): Promise<boolean> {
  const { accountId, livemode } = scope;
  const before = platform.clock.system() - keyKeptMs;
  return platform.database.transact(async (tx) => {
    const old = await tx.select(nextAge, { accountId, before, limit: pruneSize, livemode });
    const age = old.at(-1)?.created_ms;
    if (age === undefined) return false;
    await tx.execute(deleteUpTo, { accountId, age, livemode });
    return old.length === pruneSize;
  });
}
