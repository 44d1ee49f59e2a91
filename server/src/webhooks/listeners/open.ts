/**
 * Opens, finds and closes listeners: receivers that no address leads to, so that they fetch what they are told. A
 * listener that is opened again under its name is the same one, with all that it was told meanwhile.
 */
import type { Context, Scope } from "../../context.ts";
import { invalidRequest, resourceMissing } from "../../core/errors.ts";
import type { Reader } from "../../store/database.ts";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { endDeliveries } from "../deliveries/end-waiting.ts";
import { blankEndpoint } from "../endpoints/create.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import { newSecret, openSecrets, sealSecret } from "../endpoints/secret.ts";
import { releaseLeases } from "../engine/claim.ts";
import type { OpenWebhookListener, WebhookListener } from "./schema.ts";

/** A listener that does not ask for so long is forgotten. */
export const listenerLifetimeMs = 3_600_000;

/** More than anybody has terminals open. */
const listenersMax = 32;

/** @throws ApiError 400 for one listener too many. */
export function openListener(
  context: Context,
  parameters: OpenWebhookListener,
): Promise<WebhookListener> {
  const { accountId, livemode } = context;
  const { name, enabled_events = ["*"] } = parameters;
  const expires_ms = context.clock.system() + listenerLifetimeMs;
  const secret = newSecret(context);
  const blank = { ...blankEndpoint(context, name), id: context.ids.next("whl_") };
  return context.finish(async (tx) => {
    await tx.lock(`webhook endpoints ${accountId} ${livemode}`);
    const [known] = await tx.select(listenerByName, { accountId, livemode, name });
    context.outbox.endpointsChanged(tx, context);
    if (known !== undefined) {
      // Whoever had deliveries in hand is gone: it could not have the same name otherwise.
      await tx.execute(releaseLeases, { accountId, owner: known.id });
      const row = tx.update(webhookEndpoints, known, { enabled_events, expires_ms });
      const [kept = ""] = openSecrets(context.vault, row, context.clock.system());
      return presentListener(row, kept);
    }
    const [counted] = await tx.select(countListeners, { accountId, livemode });
    if (Number(counted?.total ?? 0) >= listenersMax) {
      throw invalidRequest(
        `You have reached the maximum of ${listenersMax} webhook listeners: close one first.`,
      );
    }
    const row: WebhookEndpointRow = {
      ...blank,
      enabled_events,
      expires_ms,
      kind: "listener",
      secret: sealSecret(context.vault, blank, secret),
    };
    tx.insert(webhookEndpoints, row);
    return presentListener(row, secret);
  });
}

/** @throws ApiError 404 for a listener that is unknown, closed or forgotten. */
export async function findListener(
  reader: Reader,
  context: Context,
  id: string,
): Promise<WebhookEndpointRow> {
  const row = id.includes("\0")
    ? undefined
    : await reader.get(webhookEndpoints, { account_id: context.accountId, id });
  const isThere =
    row !== undefined &&
    row.kind === "listener" &&
    !row.deleted &&
    row.livemode === context.livemode;
  if (!isThere) throw resourceMissing("webhook listener", id, { in: "url", param: "id" });
  return row;
}

export interface ClosedListener {
  readonly id: string;
  readonly object: "istripe.webhook_listener";
  readonly deleted: true;
}

/** @throws ApiError 404 */
export async function closeListener(context: Context, id: string): Promise<ClosedListener> {
  await context.finish(async (tx) => {
    const row = await findListener(tx, context, id);
    context.outbox.endpointsChanged(tx, context);
    return tx.update(webhookEndpoints, row, closed);
  });
  const { accountId } = context;
  await endDeliveries(context, { accountId, endpoint: id, failure: wasClosed });
  return { deleted: true, id, object: "istripe.webhook_listener" };
}

const closed: Partial<WebhookEndpointRow> = {
  deleted: true,
  secret: new Uint8Array(0),
  status: "disabled",
};

const wasClosed = {
  message: "The listener was closed.",
  reason: "listener_closed",
  stage: "before",
} as const;

/** Forgets the listeners of a scope that have not asked for too long. */
export async function forgetListeners(
  context: Pick<Context, "clock" | "database" | "outbox">,
  scope: { readonly accountId: string; readonly livemode: boolean },
): Promise<void> {
  const { accountId, livemode } = scope;
  const nowMs = context.clock.system();
  const found = await context.database.committed.select(silentListeners, {
    accountId,
    livemode,
    nowMs,
  });
  for (const { id } of found) {
    const isForgotten = await context.database.transact(async (tx) => {
      const row = await tx.get(webhookEndpoints, { account_id: accountId, id });
      // It may have asked again since it was found silent.
      if (row === undefined || row.deleted || (row.expires_ms ?? 0) >= nowMs) return false;
      context.outbox.endpointsChanged(tx, scope);
      tx.update(webhookEndpoints, row, closed);
      return true;
    });
    if (isForgotten) {
      await endDeliveries(context, { accountId, endpoint: id, failure: wasClosed });
    }
  }
}

const presentListener = (row: WebhookEndpointRow, secret: string): WebhookListener => ({
  enabled_events: [...row.enabled_events],
  expires_at: Math.floor((row.expires_ms ?? 0) / 1000),
  id: row.id,
  livemode: row.livemode,
  name: row.url,
  object: "istripe.webhook_listener",
  secret,
});

const listenerByName = defineQuery<Scope & { readonly name: string }, WebhookEndpointRow>(
  [webhookEndpoints],
  (param) => `select ${columnsOf(webhookEndpoints)} from webhook_endpoints
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and kind = 'listener' and url = ${param("name")} and deleted = false`,
);

const countListeners = defineQuery<Scope, { readonly total: number }>(
  [webhookEndpoints],
  (param) => `select count(*) as total from webhook_endpoints
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and kind = 'listener' and deleted = false`,
);

const silentListeners = defineQuery<Scope & { readonly nowMs: number }, WebhookEndpointRow>(
  [webhookEndpoints],
  (param) => `select ${columnsOf(webhookEndpoints)} from webhook_endpoints
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and kind = 'listener' and deleted = false and expires_ms < ${param("nowMs")}`,
);
