/**
 * The endpoints of webhook endpoints: Stripe's five, and iStripe's own for what Stripe has in its dashboard or not at all.
 */
import { Type } from "../../core/schema-builder.ts";
import { listParameters, listRows } from "../../listing.ts";
import { list, type Operation, plain, single } from "../../operation.ts";
import { retrieveOperation } from "../../reading.ts";
import { deletedSchema } from "../../resource.ts";
import { createWebhookEndpoint } from "./create.ts";
import { deleteWebhookEndpoint } from "./delete.ts";
import { webhookEndpointResource } from "./resource.ts";
import { CreateWebhookEndpoint, UpdateWebhookEndpoint } from "./schema.ts";
import {
  ChangeWebhookSettings,
  changeWebhookSettings,
  RolledWebhookSecret,
  RollWebhookSecret,
  rollWebhookSecret,
  WebhookSettings,
  webhookSettings,
} from "./settings.ts";
import { updateWebhookEndpoint } from "./update.ts";

const permission = "webhook";
const path = "/v1/webhook_endpoints";
const ownPath = "/v1/istripe/webhook_endpoints/:id";
const rollSecondsDefault = 24 * 3600;
const { created: _, ...withoutDate } = listParameters;

export const webhookEndpointOperations: readonly Operation[] = [
  single({
    allow: ["secret"],
    holdsSecret: true,
    method: "POST",
    parameters: CreateWebhookEndpoint,
    path,
    permission,
    resource: webhookEndpointResource,
    run: createWebhookEndpoint,
    summary: "Create a webhook endpoint; its secret is shown this once",
  }),
  list({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object(withoutDate),
    path,
    permission,
    resource: webhookEndpointResource,
    run: (context, parameters) =>
      listRows(context.database.committed, webhookEndpointResource, {
        filters: { kind: "endpoint" },
        parameters,
        scope: context,
      }),
    summary: "List webhook endpoints, newest first",
  }),
  retrieveOperation(webhookEndpointResource, {
    path: `${path}/:webhook_endpoint`,
    permission,
    summary: "Retrieve a webhook endpoint",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: UpdateWebhookEndpoint,
    path: `${path}/:webhook_endpoint`,
    permission,
    resource: webhookEndpointResource,
    run: updateWebhookEndpoint,
    summary: "Update a webhook endpoint",
  }),
  plain({
    allow: ["secret"],
    method: "DELETE",
    parameters: Type.Object({}),
    path: `${path}/:webhook_endpoint`,
    permission,
    run: (context, _parameters, id) => deleteWebhookEndpoint(context, id),
    schema: deletedSchema("webhook_endpoint"),
    summary: "Delete a webhook endpoint",
  }),
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({}),
    path: `${ownPath}/settings`,
    permission,
    run: (context, _parameters, id) => webhookSettings(context, id),
    schema: WebhookSettings,
    summary: "Retrieve what a webhook endpoint is set to beyond Stripe's object (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "POST",
    parameters: ChangeWebhookSettings,
    path: `${ownPath}/settings`,
    permission,
    run: changeWebhookSettings,
    schema: WebhookSettings,
    summary:
      "Set order, Standard Webhooks headers and faults of a webhook endpoint (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    holdsSecret: true,
    method: "POST",
    parameters: RollWebhookSecret,
    path: `${ownPath}/roll_secret`,
    permission,
    run: (context, parameters, id) =>
      rollWebhookSecret(context, id, parameters.expires_in ?? rollSecondsDefault),
    schema: RolledWebhookSecret,
    summary: "Replace a webhook endpoint's secret; both sign for a while (iStripe's own)",
  }),
];
