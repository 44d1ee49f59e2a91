/**
 * Accounts and keys that no door of the server makes yet, written straight into the store as the server itself would:
 * a second account, and keys that have expired.
 */
import { createHash, randomBytes } from "node:crypto";
import type { TestStore } from "./server.ts";

export interface KeyFacts {
  readonly kind: "secret" | "publishable";
  readonly livemode: boolean;
  /** Unix seconds; null for a key that lasts. */
  readonly expiresAt?: number | null;
}

const letters = (length: number): string =>
  randomBytes(length)
    .toString("hex")
    .slice(0, length)
    .replaceAll(/[a-f]/g, (letter) => letter.toUpperCase());

/** @returns the id of an account younger than every other, so that the first one stays the first. */
export async function addAccount(store: TestStore): Promise<string> {
  const id = `acct_${letters(16)}`;
  await store.query(
    "insert into accounts (account_id, created, test_clock_offset_ms, version) values ($1, $2, 0, 1)",
    [id, Math.floor(Date.now() / 1000) + 3600],
  );
  return id;
}

/** @returns the text of a key that the account now has. */
export async function addKey(
  store: TestStore,
  accountId: string,
  facts: KeyFacts,
): Promise<string> {
  const prefix = `${facts.kind === "secret" ? "sk" : "pk"}_${facts.livemode ? "live" : "test"}_`;
  const key = `${prefix}51${accountId.slice("acct_".length)}${letters(32)}`;
  // A literal, because one engine has no booleans to bind and the other takes no numbers for them.
  await store.query(
    `insert into api_keys (account_id, id, livemode, kind, digest, last4, created, expires_at, version)
     values ($1, $2, ${facts.livemode}, $3, $4, $5, $6, $7, 1)`,
    [
      accountId,
      `mk_${letters(24)}`,
      facts.kind,
      createHash("sha256").update(key).digest("hex"),
      key.slice(-4),
      Math.floor(Date.now() / 1000),
      facts.expiresAt ?? null,
    ],
  );
  return key;
}
