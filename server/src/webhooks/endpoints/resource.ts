/**
 * Shows a webhook endpoint's row as Stripe's object. Its secret is in the answer that makes it and in no other.
 */
import { deletedSchema, type Resource } from "../../resource.ts";
import { WebhookEndpoint, type WebhookEndpointRow, webhookEndpoints } from "./schema.ts";

/** A row whose secret was made by this request. */
export type NewWebhookEndpoint = WebhookEndpointRow & { readonly newSecret: string };

export const webhookEndpointResource: Resource<typeof webhookEndpoints> = {
  deleted: { isDeleted: (row) => row.deleted, schema: deletedSchema("webhook_endpoint") },
  idParameter: "id",
  isGone: (row) => row.deleted || row.kind !== "endpoint",
  name: "webhook_endpoint",
  noun: "webhook endpoint",
  present: presentWebhookEndpoint,
  schema: WebhookEndpoint,
  table: webhookEndpoints,
};

function presentWebhookEndpoint(
  row: WebhookEndpointRow & { readonly newSecret?: string },
): WebhookEndpoint {
  return {
    api_version: row.api_version,
    application: null,
    created: row.created,
    description: row.description,
    enabled_events: [...row.enabled_events],
    id: row.id,
    livemode: row.livemode,
    metadata: row.metadata,
    object: "webhook_endpoint",
    ...(row.newSecret === undefined ? {} : { secret: row.newSecret }),
    status: row.status,
    url: row.url,
  };
}
