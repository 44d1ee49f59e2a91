/**
 * An endpoint's signing secret: `whsec_` and 44 random base62 characters (262 bits). They are base64 too, of 33 bytes, so
 * that one secret serves Stripe's scheme and that of Standard Webhooks. It is in the clear in the answer that makes it and in the sender's memory, nowhere else.
 */
import type { Vault } from "@istripe/vault";
import type { Platform } from "../../context.ts";
import type { WebhookEndpointRow } from "./schema.ts";

const secretCharacters = 44;

export const newSecret = ({ ids }: Pick<Platform, "ids">): string =>
  `whsec_${ids.secret(secretCharacters)}`;

type Owner = Pick<WebhookEndpointRow, "account_id" | "livemode" | "id">;

const bindingOf = ({ account_id, livemode, id }: Owner) => ({
  accountId: account_id,
  livemode,
  reference: id,
});

export const sealSecret = (vault: Vault, owner: Owner, secret: string): Uint8Array =>
  vault.secrets.seal(secret, bindingOf(owner));

/** The part of the vault that the sender needs; a process that only sends has no more of it. */
export interface SecretOpener {
  readonly secrets: Pick<Vault["secrets"], "open">;
}

/** The secrets that sign now, the newest first. @throws SealBroken when the vault has not the key of the account. */
export function openSecrets(
  vault: SecretOpener,
  row: WebhookEndpointRow,
  systemNowMs: number,
): readonly string[] {
  const current = vault.secrets.open(row.secret, bindingOf(row));
  const { previous_secret: previous, previous_secret_expires_ms: expiresMs } = row;
  if (previous === null || expiresMs === null || expiresMs <= systemNowMs) return [current];
  return [current, vault.secrets.open(previous, bindingOf(row))];
}
