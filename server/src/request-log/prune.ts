/**
 * Retention: records leave the log after their days, whether or not new ones are kept.
 */
import type { Platform, Scope } from "../context.ts";
import { deleteUpTo, nextSecond } from "./queries.ts";

/** Records a commit, but for those of the same second: few enough that no request waits long for the writer. */
const pruneSize = 100;
const dayS = 24 * 3600;

/** @param days for which a record is kept. @returns whether there may be more. */
export function pruneRequestLogs(
  { clock, database }: Pick<Platform, "clock" | "database">,
  { accountId, livemode }: Scope,
  days: number,
): Promise<boolean> {
  const before = Math.floor(clock.system() / 1000) - days * dayS;
  return database.transact(async (tx) => {
    const old = await tx.select(nextSecond, { accountId, before, limit: pruneSize, livemode });
    const last = old.at(-1);
    if (last === undefined) return false;
    await tx.execute(deleteUpTo, { accountId, created: last.created, livemode });
    return old.length === pruneSize;
  });
}
