/**
 * The route table: every endpoint that is built, and every resource by name. The HTTP server, the OpenAPI file and the
 * tests that count coverage read it; an endpoint that is not here does not exist.
 */

import { accountResource } from "./accounts/accounts/account-object.ts";
import { accountOperations } from "./accounts/accounts/routes.ts";
import { apiKeyOperations } from "./accounts/api-keys/routes.ts";
import { versionOfRecord } from "./core/api-versions.ts";
import type { Operation } from "./operation.ts";
import { balanceChangeResource } from "./payments/balance/balance-change.ts";
import { balanceOperations } from "./payments/balance/routes.ts";
import { balanceTransactionResource } from "./payments/balance/schema.ts";
import { cardResource } from "./payments/cards/resource.ts";
import { cardOperations } from "./payments/cards/routes.ts";
import { chargeResource } from "./payments/charges/resource.ts";
import { chargeOperations } from "./payments/charges/routes.ts";
import { customerResource } from "./payments/customers/resource.ts";
import { customerOperations } from "./payments/customers/routes.ts";
import { refundResource } from "./payments/refunds/resource.ts";
import { refundOperations } from "./payments/refunds/routes.ts";
import { tokenOperations } from "./payments/tokens/routes.ts";
import { tokenResource } from "./payments/tokens/schema.ts";
import { requestLogOperations } from "./request-log/routes.ts";
import type { Resource } from "./resource.ts";
import { webhookDeliveryResource } from "./webhooks/deliveries/resource.ts";
import { webhookDeliveryOperations } from "./webhooks/deliveries/routes.ts";
import { webhookEndpointResource } from "./webhooks/endpoints/resource.ts";
import { webhookEndpointOperations } from "./webhooks/endpoints/routes.ts";
import { createEventWriter } from "./webhooks/events/event-text.ts";
import { createEventResource } from "./webhooks/events/resource.ts";
import { eventOperations } from "./webhooks/events/routes.ts";
import { webhookListenerOperations } from "./webhooks/listeners/routes.ts";

const withEvents = [
  accountResource,
  webhookEndpointResource,
  tokenResource,
  customerResource,
  cardResource,
  chargeResource,
  refundResource,
  balanceTransactionResource,
  balanceChangeResource,
] as unknown as Resource[];

const byName = (list: readonly Resource[]): ReadonlyMap<string, Resource> =>
  new Map(list.map((resource) => [resource.name, resource]));

const eventResource = createEventResource(byName(withEvents), versionOfRecord);

export const resources: ReadonlyMap<string, Resource> = byName([
  ...withEvents,
  eventResource as unknown as Resource,
  webhookDeliveryResource as unknown as Resource,
]);

/** An event as JSON, as no endpoint waits for it. */
export const serializeEvent = createEventWriter(eventResource, byName(withEvents));

export const operations: readonly Operation[] = [
  ...accountOperations,
  ...apiKeyOperations,
  ...tokenOperations,
  ...customerOperations,
  ...cardOperations,
  ...chargeOperations,
  ...refundOperations,
  ...balanceOperations,
  ...eventOperations(eventResource),
  ...webhookEndpointOperations,
  ...webhookDeliveryOperations(serializeEvent),
  ...webhookListenerOperations(serializeEvent),
  ...requestLogOperations,
];
