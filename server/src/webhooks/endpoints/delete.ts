/**
 * Deletes a webhook endpoint. What was to be sent to it is not sent and is over; its row stays, because deliveries name
 * it, without its secret.
 */
import type { Context } from "../../context.ts";
import { retrieve } from "../../resource.ts";
import { endDeliveries } from "../deliveries/end-waiting.ts";
import { webhookEndpointResource } from "./resource.ts";
import { webhookEndpoints } from "./schema.ts";

export interface DeletedWebhookEndpoint {
  readonly id: string;
  readonly object: "webhook_endpoint";
  readonly deleted: true;
}

const wasDeleted = {
  message: "The endpoint was deleted.",
  reason: "endpoint_deleted",
  stage: "before",
} as const;

/** @throws ApiError 404 for an endpoint that is unknown or deleted already. */
export async function deleteWebhookEndpoint(
  context: Context,
  id: string,
): Promise<DeletedWebhookEndpoint> {
  await context.finish(async (tx) => {
    const named = { id, in: "url" } as const;
    const endpoint = await retrieve(tx, webhookEndpointResource, { named, scope: context });
    context.outbox.endpointsChanged(tx, context);
    return tx.update(webhookEndpoints, endpoint, {
      deleted: true,
      description: null,
      metadata: {},
      previous_secret: null,
      secret: new Uint8Array(0),
      status: "disabled",
    });
  });
  // What a crash leaves here ends when it is due.
  await endDeliveries(context, { accountId: context.accountId, endpoint: id, failure: wasDeleted });
  return { deleted: true, id, object: "webhook_endpoint" };
}
