/**
 * What tests of a receiver need so that they need no sleeps: to have retries now, and to know when there is nothing left
 * to wait for. In test mode only.
 */
import type { Context, Scope } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { defineQuery } from "../../store/query.ts";
import { webhookDeliveries } from "./schema.ts";

export interface Advance {
  readonly object: "istripe.webhook_advance";
  /** How many became due. */
  readonly deliveries: number;
}

/** @throws ApiError 400 in live mode. */
export async function advanceDeliveries(context: Context): Promise<Advance> {
  const { accountId, livemode } = context;
  requireTestMode(context);
  const nowMs = context.clock.system();
  return context.finish(async (tx) => {
    const waiting = await tx.select(endpointsWithLater, { accountId, livemode, nowMs });
    context.outbox.deliveriesDue(
      tx,
      waiting.map(({ endpoint }) => ({ accountId, id: endpoint })),
    );
    const deliveries = await tx.execute(makeDueNow, { accountId, livemode, nowMs });
    return { deliveries, object: "istripe.webhook_advance" };
  });
}

/** @returns whether there was nothing left to do, and how many deliveries wait for a later retry. */
export async function waitUntilIdle(
  context: Context,
  timeoutSeconds: number,
): Promise<{ readonly idle: boolean; readonly pending: number }> {
  const { accountId, livemode } = context;
  requireTestMode(context);
  const idle = await context.outbox.whenIdle({ accountId, livemode }, timeoutSeconds * 1000);
  const [counted] = await context.database.committed.select(countPending, { accountId, livemode });
  return { idle, pending: Number(counted?.total ?? 0) };
}

function requireTestMode({ livemode }: Context): void {
  if (livemode) throw invalidRequest("Test helpers are for test mode only.");
}

const endpointsWithLater = defineQuery<
  Scope & { readonly nowMs: number },
  { readonly endpoint: string }
>(
  [webhookDeliveries],
  (param) => `select distinct endpoint from webhook_deliveries
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and due_ms is not null and due_ms > ${param("nowMs")}`,
);

const makeDueNow = defineQuery<Scope & { readonly nowMs: number }, never>(
  [webhookDeliveries],
  (param) => `update webhook_deliveries set due_ms = ${param("nowMs")}, version = version + 1
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and due_ms is not null and due_ms > ${param("nowMs")}`,
);

const countPending = defineQuery<Scope, { readonly total: number }>(
  [webhookDeliveries],
  (param, dialect) => `select count(*)${dialect === "postgres" ? "::bigint" : ""} as total
    from webhook_deliveries
    where account_id = ${param("accountId")} and livemode = ${param("livemode")} and due_ms is not null`,
);
