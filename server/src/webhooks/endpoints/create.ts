/**
 * Makes a webhook endpoint. Its secret is in this answer only; what is stored of it only the vault can open.
 */
import type { Context, Scope } from "../../context.ts";
import { checkVersion } from "../../core/api-versions.ts";
import { invalidRequest, notImplemented } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { defineQuery } from "../../store/query.ts";
import type { NewWebhookEndpoint } from "./resource.ts";
import { type CreateWebhookEndpoint, type WebhookEndpointRow, webhookEndpoints } from "./schema.ts";
import { newSecret, sealSecret } from "./secret.ts";
import { checkEndpointUrl } from "./url.ts";

/** Stripe's limit of endpoints in an account's mode. */
const endpointsMax = 16;

/** @throws ApiError 400 for a URL that cannot be one, and for the seventeenth endpoint; 501 for Connect. */
export async function createWebhookEndpoint(
  context: Context,
  parameters: CreateWebhookEndpoint,
): Promise<WebhookEndpointRow> {
  const { accountId, livemode } = context;
  if (parameters.connect === true) throw notImplemented("connected accounts", "connect");
  checkEndpointUrl(parameters.url, livemode);
  checkVersion(parameters.api_version, "api_version");
  const secret = newSecret(context);
  const blank = blankEndpoint(context, parameters.url);
  const row: WebhookEndpointRow = {
    ...blank,
    api_version: parameters.api_version ?? null,
    description: parameters.description ?? null,
    enabled_events: parameters.enabled_events,
    metadata: mergeMetadata({}, parameters.metadata) ?? {},
    secret: sealSecret(context.vault, blank, secret),
  };
  return context.finish(async (tx) => {
    await tx.lock(`webhook endpoints ${accountId} ${livemode}`);
    const [counted] = await tx.select(countEndpoints, { accountId, livemode });
    if (Number(counted?.total ?? 0) >= endpointsMax) {
      const mode = livemode ? "live" : "test";
      throw invalidRequest(
        `You have reached the maximum of ${endpointsMax} ${mode} webhook endpoints.`,
      );
    }
    tx.insert(webhookEndpoints, row);
    context.outbox.endpointsChanged(tx, context);
    const made: NewWebhookEndpoint = { ...row, newSecret: secret };
    return made;
  });
}

const countEndpoints = defineQuery<Scope, { readonly total: number }>(
  [webhookEndpoints],
  (param) => `select count(*) as total from webhook_endpoints
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and kind = 'endpoint' and deleted = false`,
);

/** What every endpoint and listener begins as. Its secret is not there yet. */
export const blankEndpoint = (
  { accountId, ids, livemode, now }: Context,
  url: string,
): WebhookEndpointRow => ({
  account_id: accountId,
  api_version: null,
  created: now,
  deleted: false,
  description: null,
  disabled_reason: null,
  enabled_events: [],
  expires_ms: null,
  failing_since_ms: null,
  faults: null,
  id: ids.next("we_"),
  kind: "endpoint",
  livemode,
  metadata: {},
  ordered: false,
  position: ids.position(),
  previous_secret: null,
  previous_secret_expires_ms: null,
  secret: new Uint8Array(0),
  standard_webhooks: false,
  status: "enabled",
  url,
  version: 1,
});
