/**
 * Forgets deliveries that were over long ago, and their attempts, a piece at a time. What still waits is kept.
 */
import type { Platform, Scope } from "../../context.ts";
import { defineQuery } from "../../store/query.ts";
import { webhookAttempts, webhookDeliveries } from "./schema.ts";

const pieceSize = 200;
const daySeconds = 24 * 3600;

/** @returns whether there may be more. */
export async function pruneDeliveries(
  { clock, database }: Platform,
  { accountId, livemode }: Scope,
  days: number,
): Promise<boolean> {
  const before = clock.business(livemode) - days * daySeconds;
  const old = { accountId, before, limit: pieceSize, livemode };
  const count = await database.transact(async (tx) => {
    await tx.execute(pruneAttempts, old);
    return tx.execute(pruneOver, old);
  });
  return count === pieceSize;
}

interface Old extends Scope {
  /** Unix seconds of the business clock. */
  readonly before: number;
  readonly limit: number;
}

const oldest = (param: (name: keyof Old & string) => string): string => `
  select id from webhook_deliveries
  where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    and created < ${param("before")} and due_ms is null
  order by created, position limit ${param("limit")} + 0`;

const pruneAttempts = defineQuery<Old, never>(
  [webhookAttempts, webhookDeliveries],
  (param) => `delete from webhook_attempts
    where account_id = ${param("accountId")} and delivery in (${oldest(param)})`,
);

const pruneOver = defineQuery<Old, never>(
  [webhookDeliveries],
  (param) => `delete from webhook_deliveries
    where account_id = ${param("accountId")} and id in (${oldest(param)})`,
);
