/**
 * iStripe's own endpoints for what was told to whom, which Stripe has in its dashboard only, and the helpers by which
 * tests need no sleeps.
 */

import { id as idText, integer, list, oneOf, range } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { listOf, resource } from "../../core/serializer/types.ts";
import { type Operation, plain, single } from "../../operation.ts";
import { listOperation, retrieveOperation } from "../../reading.ts";
import { enabledEventNames } from "../endpoints/event-types.ts";
import type { EventRow } from "../events/schema.ts";
import { listAttempts } from "./attempts.ts";
import { advanceDeliveries, waitUntilIdle } from "./for-tests.ts";
import { replayEvents, resendDelivery } from "./resend.ts";
import { WebhookAttempt, webhookDeliveryResource } from "./resource.ts";

const permission = "webhook";
const path = "/v1/istripe/webhook_deliveries";
const helpersPath = "/v1/test_helpers/webhook_deliveries";
const idleSecondsMax = 60;
const idleSecondsDefault = 30;

/** @param serialize writes an event as JSON, as if no endpoint waited for it. */
export const webhookDeliveryOperations = (
  serialize: (event: EventRow) => string,
): readonly Operation[] => [...shownDeliveries(serialize), ...sentAgain, ...testHelpers];

const shownDeliveries = (serialize: (event: EventRow) => string): readonly Operation[] => [
  listOperation(webhookDeliveryResource, {
    filters: {
      endpoint: Type.Optional(idText()),
      event: Type.Optional(idText()),
      status: Type.Optional(oneOf(["failed", "pending", "succeeded"])),
    },
    path,
    permission,
    summary: "List webhook deliveries, newest first (iStripe's own)",
  }),
  retrieveOperation(webhookDeliveryResource, {
    path: `${path}/:id`,
    permission,
    summary: "Retrieve a webhook delivery (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({}),
    path: `${path}/:id/attempts`,
    permission,
    run: async (context, _, id) => ({
      data: await listAttempts(context, id, serialize),
      has_more: false,
      object: "list" as const,
      url: `${path}/${id}/attempts`,
    }),
    schema: listOf(WebhookAttempt, `${path}/:id/attempts`),
    summary: "List the attempts at a webhook delivery, the latest first (iStripe's own)",
  }),
];

const sentAgain: readonly Operation[] = [
  single({
    allow: ["secret"],
    method: "POST",
    parameters: Type.Object({}),
    path: `${path}/:id/resend`,
    permission,
    resource: webhookDeliveryResource,
    run: (context, _, id) => resendDelivery(context, id),
    summary: "Send a webhook delivery again, now (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "POST",
    parameters: Type.Object({
      created: Type.Optional(range()),
      only: Type.Optional(oneOf(["all", "failed", "missing"])),
      types: Type.Optional(list(oneOf(enabledEventNames), { maxItems: 20 })),
    }),
    path: "/v1/istripe/webhook_endpoints/:id/replay",
    permission,
    run: (context, parameters, id) =>
      replayEvents(context, id, {
        created: parameters.created ?? {},
        only: parameters.only ?? "missing",
        types: parameters.types,
      }),
    schema: resource({
      deliveries: Type.Integer(),
      endpoint: Type.String(),
      object: Type.Literal("istripe.webhook_replay"),
    }),
    summary: "Tell a webhook endpoint the events of a time again (iStripe's own)",
  }),
];

const testHelpers: readonly Operation[] = [
  plain({
    allow: ["secret"],
    method: "POST",
    parameters: Type.Object({}),
    path: `${helpersPath}/advance`,
    permission,
    run: (context) => advanceDeliveries(context),
    schema: resource({
      deliveries: Type.Integer(),
      object: Type.Literal("istripe.webhook_advance"),
    }),
    summary:
      "Make every webhook delivery that waits for a retry due now, in test mode (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({
      timeout: Type.Optional(integer({ maximum: idleSecondsMax, minimum: 0 })),
    }),
    path: `${helpersPath}/idle`,
    permission,
    run: async (context, parameters) => ({
      ...(await waitUntilIdle(context, parameters.timeout ?? idleSecondsDefault)),
      object: "istripe.webhook_idle" as const,
    }),
    schema: resource({
      idle: Type.Boolean(),
      object: Type.Literal("istripe.webhook_idle"),
      pending: Type.Integer(),
    }),
    summary: "Answer when no webhook delivery is due or under way, in test mode (iStripe's own)",
  }),
];
