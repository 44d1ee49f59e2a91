/**
 * What an endpoint has come to: since when it has done nothing but fail, and whether that has been so long that it is
 * sent nothing more. Written only when it changes, so a healthy endpoint costs nothing.
 */
import type { Platform } from "../../context.ts";
import { eventOf } from "../../resource.ts";
import { webhookEndpointResource } from "../endpoints/resource.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";

/** Days of nothing but failure after which an endpoint is disabled. */
const failingDaysMax = 5;
const dayMs = 24 * 3600 * 1000;

/** @returns the endpoint as it stands then; undefined when it is gone. */
export async function noteHealth(
  platform: Pick<Platform, "clock" | "database" | "ids" | "outbox">,
  endpoint: WebhookEndpointRow,
  hasSucceeded: boolean,
): Promise<WebhookEndpointRow | undefined> {
  if (!differs(endpoint, hasSucceeded, platform.clock.system())) return endpoint;
  const { account_id, id } = endpoint;
  return platform.database.transact(async (tx) => {
    const row = await tx.get(webhookEndpoints, { account_id, id });
    const nowMs = platform.clock.system();
    if (row === undefined || row.deleted || !differs(row, hasSucceeded, nowMs)) return row;
    const scope = { accountId: account_id, livemode: row.livemode };
    platform.outbox.endpointsChanged(tx, scope);
    if (hasSucceeded) return tx.update(webhookEndpoints, row, { failing_since_ms: null });
    if (row.failing_since_ms === null) {
      return tx.update(webhookEndpoints, row, { failing_since_ms: nowMs });
    }
    const disabled = tx.update(webhookEndpoints, row, {
      disabled_reason: `nothing but failures for ${failingDaysMax} days`,
      status: "disabled",
    });
    const now = platform.clock.business(row.livemode);
    const by = { ...scope, ids: platform.ids, now, request: { id: null, idempotencyKey: null } };
    tx.emit(
      eventOf(by, "istripe.webhook_endpoint.disabled", {
        resource: webhookEndpointResource,
        row: disabled,
      }),
    );
    return disabled;
  });
}

function differs(
  { failing_since_ms: since, status }: WebhookEndpointRow,
  hasSucceeded: boolean,
  nowMs: number,
): boolean {
  if (hasSucceeded) return since !== null;
  if (since === null) return true;
  return status === "enabled" && nowMs - since >= failingDaysMax * dayMs;
}
