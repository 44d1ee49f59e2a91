/**
 * What iStripe can do for an endpoint beyond Stripe's own object: order per object, the headers of Standard Webhooks,
 * faults for tests, and a roll of its secret during which both secrets sign.
 */
import type { Static } from "@sinclair/typebox";
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { clearable, flag, integer } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { nullable, resource, unknown } from "../../core/serializer/types.ts";
import { faultsParameter } from "../../core/webhook-faults.ts";
import { retrieve } from "../../resource.ts";
import type { Reader } from "../../store/database.ts";
import { webhookEndpointResource } from "./resource.ts";
import { type WebhookEndpointRow, webhookEndpoints } from "./schema.ts";
import { newSecret, openSecrets, sealSecret } from "./secret.ts";

export const WebhookSettings = resource({
  disabled_reason: nullable(Type.String()),
  failing_since: nullable(Type.Integer()),
  faults: unknown(),
  id: Type.String(),
  object: Type.Literal("istripe.webhook_settings"),
  ordered: Type.Boolean(),
  previous_secret_expires_at: nullable(Type.Integer()),
  standard_webhooks: Type.Boolean(),
});
export type WebhookSettings = Static<typeof WebhookSettings>;

export const ChangeWebhookSettings = Type.Object({
  faults: Type.Optional(clearable(faultsParameter())),
  ordered: Type.Optional(flag()),
  standard_webhooks: Type.Optional(flag()),
});
export type ChangeWebhookSettings = Static<typeof ChangeWebhookSettings>;

export const RolledWebhookSecret = resource({
  id: Type.String(),
  object: Type.Literal("istripe.webhook_secret"),
  previous_secret_expires_at: Type.Integer(),
  secret: Type.String(),
});
export type RolledWebhookSecret = Static<typeof RolledWebhookSecret>;

/** Stripe's longest roll: a day. */
const rollSecondsMax = 24 * 3600;
export const RollWebhookSecret = Type.Object({
  expires_in: Type.Optional(integer({ maximum: rollSecondsMax, minimum: 0 })),
});

const found = (reader: Reader, context: Context, id: string): Promise<WebhookEndpointRow> =>
  retrieve(reader, webhookEndpointResource, { named: { id, in: "url" }, scope: context });

/** @throws ApiError 404 */
export const webhookSettings = async (context: Context, id: string): Promise<WebhookSettings> =>
  presentSettings(await found(context.database.committed, context, id));

/** @throws ApiError 404 for an unknown endpoint, 400 for faults in live mode. */
export function changeWebhookSettings(
  context: Context,
  parameters: ChangeWebhookSettings,
  id: string,
): Promise<WebhookSettings> {
  const { faults, ordered, standard_webhooks } = parameters;
  if (faults != null && context.livemode) {
    throw invalidRequest("Faults are for test mode only.", { param: "faults" });
  }
  return context.finish(async (tx) => {
    const endpoint = await found(tx, context, id);
    context.outbox.endpointsChanged(tx, context);
    const changed = tx.update(webhookEndpoints, endpoint, {
      ...(faults === undefined ? {} : { faults }),
      ...(ordered === undefined ? {} : { ordered }),
      ...(standard_webhooks === undefined ? {} : { standard_webhooks }),
    });
    return presentSettings(changed);
  });
}

/**
 * A new secret. The one it replaces goes on signing beside it, so that the receiver can change over without losing
 * a delivery.
 *
 * @param expiresIn seconds for which the old one still signs.
 * @throws ApiError 404
 */
export function rollWebhookSecret(
  context: Context,
  id: string,
  expiresIn: number,
): Promise<RolledWebhookSecret> {
  const secret = newSecret(context);
  const expiresMs = context.clock.system() + expiresIn * 1000;
  return context.finish(async (tx) => {
    const endpoint = await found(tx, context, id);
    const [current = ""] = openSecrets(context.vault, endpoint, context.clock.system());
    context.outbox.endpointsChanged(tx, context);
    tx.update(webhookEndpoints, endpoint, {
      previous_secret: expiresIn === 0 ? null : sealSecret(context.vault, endpoint, current),
      previous_secret_expires_ms: expiresIn === 0 ? null : expiresMs,
      secret: sealSecret(context.vault, endpoint, secret),
    });
    return {
      id,
      object: "istripe.webhook_secret" as const,
      previous_secret_expires_at: Math.floor(expiresMs / 1000),
      secret,
    };
  });
}

const presentSettings = (row: WebhookEndpointRow): WebhookSettings => ({
  disabled_reason: row.disabled_reason,
  failing_since: secondsOf(row.failing_since_ms),
  faults: row.faults,
  id: row.id,
  object: "istripe.webhook_settings",
  ordered: row.ordered,
  previous_secret_expires_at: secondsOf(row.previous_secret_expires_ms),
  standard_webhooks: row.standard_webhooks,
});

const secondsOf = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.floor(milliseconds / 1000);
