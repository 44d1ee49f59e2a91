/**
 * iStripe's own endpoints for listeners, which `istripe listen` uses.
 */

import { integer } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { listOf } from "../../core/serializer/types.ts";
import { type Operation, plain, single } from "../../operation.ts";
import { deletedSchema } from "../../resource.ts";
import { webhookDeliveryResource } from "../deliveries/resource.ts";
import type { EventRow } from "../events/schema.ts";
import { createPolls, fetchDeliveries, noteForwarded } from "./forward.ts";
import { closeListener, openListener } from "./open.ts";
import {
  DeliveryToForward,
  ForwardResult,
  OpenWebhookListener,
  WebhookListener,
} from "./schema.ts";

const permission = "webhook";
const path = "/v1/istripe/webhook_listeners";
const waitSecondsMax = 30;
const waitSecondsDefault = 25;
const fetchedDefault = 20;
const fetchedMax = 100;

const polls = createPolls();

/** @param serialize writes an event as JSON, as if no endpoint waited for it. */
export const webhookListenerOperations = (
  serialize: (event: EventRow) => string,
): readonly Operation[] => [
  plain({
    allow: ["secret"],
    holdsSecret: true,
    method: "POST",
    parameters: OpenWebhookListener,
    path,
    permission,
    run: (context, parameters) => openListener(context, parameters),
    schema: WebhookListener,
    summary: "Open a webhook listener, or the one of this name again (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "DELETE",
    parameters: Type.Object({}),
    path: `${path}/:id`,
    permission,
    run: (context, _, id) => closeListener(context, id),
    schema: deletedSchema("istripe.webhook_listener"),
    summary: "Close a webhook listener (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({
      limit: Type.Optional(integer({ maximum: fetchedMax, minimum: 1 })),
      timeout: Type.Optional(integer({ maximum: waitSecondsMax, minimum: 0 })),
    }),
    path: `${path}/:id/deliveries`,
    permission,
    run: async (context, parameters, id) => ({
      data: await fetchDeliveries(context, id, {
        limit: parameters.limit ?? fetchedDefault,
        polls,
        serialize,
        timeoutSeconds: parameters.timeout ?? waitSecondsDefault,
      }),
      has_more: false,
      object: "list" as const,
      url: `${path}/${id}/deliveries`,
    }),
    schema: listOf(DeliveryToForward, `${path}/:id/deliveries`),
    summary: "Fetch what a webhook listener is to forward, waiting for it (iStripe's own)",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: ForwardResult,
    path: `${path}/:id/deliveries/:delivery`,
    permission,
    resource: webhookDeliveryResource,
    run: (context, result, ...[deliveryId, listenerId]) =>
      noteForwarded(context, listenerId, { deliveryId, result }),
    summary: "Say what became of a forwarded webhook delivery (iStripe's own)",
  }),
];
