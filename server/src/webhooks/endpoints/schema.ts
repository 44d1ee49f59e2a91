/**
 * Webhook endpoints: the table, the wire object and its parameters. Listeners, which fetch what they are told instead of
 * being sent it, are rows of the same table, because everything that is told is told to both in the same way.
 */
import type { Static } from "@sinclair/typebox";
import { clearable, expand, flag, list, metadata, oneOf, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { nullable, openMap, resource } from "../../core/serializer/types.ts";
import type { WebhookFaults } from "../../core/webhook-faults.ts";
import * as column from "../../store/table.ts";
import { enabledEventNames } from "./event-types.ts";

export const webhookEndpoints = column.defineTable("webhook_endpoints", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  deleted: column.boolean,
  /** A listener has no URL: it asks for what it is to be told. */
  kind: column.text as column.Column<"endpoint" | "listener">,
  /** Of a listener, its name. */
  url: column.text,
  description: column.nullable(column.text),
  enabled_events: column.json<readonly string[]>(),
  api_version: column.nullable(column.text),
  status: column.text as column.Column<"enabled" | "disabled">,
  metadata: column.json<Readonly<Record<string, string>>>(),
  /** Sealed by the vault under the endpoint's id. */
  secret: column.bytes,
  /** Signs as well, until `previous_secret_expires_ms`. */
  previous_secret: column.nullable(column.bytes),
  previous_secret_expires_ms: column.nullable(column.integer),
  /** Whether the events of one object are sent one after another, as they were committed. */
  ordered: column.boolean,
  /** Whether the headers of Standard Webhooks are sent beside Stripe's. */
  standard_webhooks: column.boolean,
  faults: column.nullable(column.json<WebhookFaults>()),
  /** System milliseconds of the first of the failures since the last success. */
  failing_since_ms: column.nullable(column.integer),
  disabled_reason: column.nullable(column.text),
  /** Of a listener: when it is forgotten unless it asks again. System milliseconds. */
  expires_ms: column.nullable(column.integer),
});
export type WebhookEndpointRow = column.Row<typeof webhookEndpoints>;

export const WebhookEndpoint = resource({
  api_version: nullable(Type.String()),
  application: nullable(Type.String()),
  created: Type.Integer(),
  description: nullable(Type.String()),
  enabled_events: Type.Array(Type.String()),
  id: Type.String(),
  livemode: Type.Boolean(),
  metadata: openMap(),
  object: Type.Literal("webhook_endpoint"),
  secret: Type.Optional(Type.String()),
  status: Type.String(),
  url: Type.String(),
});
export type WebhookEndpoint = Static<typeof WebhookEndpoint>;

/** Stripe's limit of what may be listed at once is the number of types there are. */
const enabledEvents = () => list(oneOf(enabledEventNames), { maxItems: enabledEventNames.length });

export const CreateWebhookEndpoint = Type.Object({
  api_version: Type.Optional(text({ maxLength: 100 })),
  connect: Type.Optional(flag()),
  description: Type.Optional(clearable(text())),
  enabled_events: enabledEvents(),
  expand: Type.Optional(expand()),
  metadata: Type.Optional(metadata()),
  url: text(),
});
export type CreateWebhookEndpoint = Static<typeof CreateWebhookEndpoint>;

export const UpdateWebhookEndpoint = Type.Object({
  description: Type.Optional(clearable(text())),
  disabled: Type.Optional(flag()),
  enabled_events: Type.Optional(enabledEvents()),
  expand: Type.Optional(expand()),
  metadata: Type.Optional(metadata()),
  url: Type.Optional(text()),
});
export type UpdateWebhookEndpoint = Static<typeof UpdateWebhookEndpoint>;
