/**
 * Changes a webhook endpoint. What was to be sent to it is sent to where it points now; one that is disabled is sent
 * nothing more, and one that is enabled again begins anew.
 */
import type { Context } from "../../context.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { retrieve } from "../../resource.ts";
import { webhookEndpointResource } from "./resource.ts";
import { type UpdateWebhookEndpoint, type WebhookEndpointRow, webhookEndpoints } from "./schema.ts";
import { checkEndpointUrl } from "./url.ts";

/** @throws ApiError 404 for an unknown endpoint, 400 for a URL that cannot be one. */
export async function updateWebhookEndpoint(
  context: Context,
  parameters: UpdateWebhookEndpoint,
  id: string,
): Promise<WebhookEndpointRow> {
  if (parameters.url !== undefined) checkEndpointUrl(parameters.url, context.livemode);
  return context.finish(async (tx) => {
    const named = { id, in: "url" } as const;
    const endpoint = await retrieve(tx, webhookEndpointResource, { named, scope: context });
    const { accountId } = context;
    context.outbox.endpointsChanged(tx, context);
    // The sender may be leaving the endpoint alone because of what it was before.
    context.outbox.deliveriesDue(tx, [{ accountId, id }]);
    return tx.update(webhookEndpoints, endpoint, changesOf(endpoint, parameters));
  });
}

function changesOf(
  endpoint: WebhookEndpointRow,
  parameters: UpdateWebhookEndpoint,
): Partial<WebhookEndpointRow> {
  const { description, disabled, enabled_events, metadata, url } = parameters;
  return {
    ...(description === undefined ? {} : { description }),
    ...(disabled === undefined ? {} : stateOf(disabled)),
    ...(enabled_events === undefined ? {} : { enabled_events }),
    ...(metadata === undefined ? {} : { metadata: mergeMetadata(endpoint.metadata, metadata) }),
    ...(url === undefined ? {} : { url }),
  };
}

const stateOf = (isDisabled: boolean): Partial<WebhookEndpointRow> =>
  isDisabled
    ? { disabled_reason: "requested", status: "disabled" }
    : { disabled_reason: null, failing_since_ms: null, status: "enabled" };
