/**
 * How many endpoints have not taken an event yet, which no row of an event says, because it never changes.
 */
import type { Context } from "../../context.ts";
import type { Reader } from "../../store/database.ts";
import { defineQuery } from "../../store/query.ts";
import { webhookDeliveries } from "../deliveries/schema.ts";
import type { PendingEventRow } from "./resource.ts";
import type { EventRow } from "./schema.ts";

/** The events, each with its count. A page of them is few enough to ask for each. */
export const withPending = (
  { accountId, database }: Pick<Context, "accountId" | "database">,
  rows: readonly EventRow[],
): Promise<PendingEventRow[]> =>
  Promise.all(
    rows.map(async (row) => ({
      ...row,
      pendingWebhooks: await countPendingOf(database.committed, accountId, row.id),
    })),
  );

export async function countPendingOf(
  reader: Reader,
  accountId: string,
  event: string,
): Promise<number> {
  const [counted] = await reader.select(countPending, { accountId, event });
  return Number(counted?.total ?? 0);
}

const countPending = defineQuery<{ accountId: string; event: string }, { readonly total: number }>(
  [webhookDeliveries],
  (param, dialect) => `select count(*)${dialect === "postgres" ? "::bigint" : ""} as total
    from webhook_deliveries
    where account_id = ${param("accountId")} and event = ${param("event")} and status = 'pending'`,
);
