/**
 * Endpoints and deliveries as rows, for the tests of the engine: what a test says of them, and nothing of note beside it.
 */
import type { Database } from "../../store/database.ts";
import type { TestPlatform } from "../../testing/platform.ts";
import { type WebhookDeliveryRow, webhookDeliveries } from "../deliveries/schema.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "../endpoints/schema.ts";
import type { Attempted } from "./attempt.ts";

export function endpointRow(
  platform: TestPlatform,
  given: Partial<WebhookEndpointRow> = {},
): WebhookEndpointRow {
  return {
    account_id: platform.scope.accountId,
    api_version: null,
    created: platform.now,
    deleted: false,
    description: null,
    disabled_reason: null,
    enabled_events: ["*"],
    expires_ms: null,
    failing_since_ms: null,
    faults: null,
    id: platform.ids.next("we_"),
    kind: "endpoint",
    livemode: false,
    metadata: {},
    ordered: false,
    position: platform.ids.position(),
    previous_secret: null,
    previous_secret_expires_ms: null,
    secret: new Uint8Array(1),
    standard_webhooks: false,
    status: "enabled",
    url: "https://example.com/webhooks",
    version: 1,
    ...given,
  };
}

export function deliveryRow(
  platform: TestPlatform,
  given: Partial<WebhookDeliveryRow> = {},
): WebhookDeliveryRow {
  return {
    account_id: platform.scope.accountId,
    attempt_count: 0,
    created: platform.now,
    due_ms: 1000,
    endpoint: "we_test",
    event: platform.ids.next("evt_"),
    event_type: "customer.created",
    failure: null,
    faults: null,
    id: platform.ids.next("whd_"),
    lease_owner: null,
    lease_until_ms: null,
    livemode: false,
    made_ms: 1000,
    object_id: "cus_test",
    ordered_by: null,
    position: platform.ids.position(),
    sibling_count: 1,
    status: "pending",
    version: 1,
    ...given,
  };
}

/** What an attempt at the delivery left: a success unless it says otherwise. */
export const attemptedOf = (
  delivery: WebhookDeliveryRow,
  given: Partial<Attempted> = {},
): Attempted => ({
  delivery,
  durationMs: 5,
  failure: null,
  isCopy: false,
  number: delivery.attempt_count + 1,
  pending: 1,
  requestHeaders: { "Istripe-Delivery": delivery.id },
  responseBody: "ok",
  responseHeaders: {},
  retryAfterMs: null,
  startedMs: 2000,
  status: 200,
  url: "https://example.com/webhooks",
  ...given,
});

export const storeDeliveries = (
  database: Database,
  rows: readonly WebhookDeliveryRow[],
): Promise<void> =>
  database.transact(async (tx) => {
    for (const row of rows) tx.insert(webhookDeliveries, row);
  });

export const storeEndpoint = (database: Database, row: WebhookEndpointRow): Promise<void> =>
  database.transact(async (tx) => tx.insert(webhookEndpoints, row));

export const storedDelivery = (
  { database }: { readonly database: Database },
  { account_id, id }: Pick<WebhookDeliveryRow, "account_id" | "id">,
): Promise<WebhookDeliveryRow | undefined> =>
  database.committed.get(webhookDeliveries, { account_id, id });
