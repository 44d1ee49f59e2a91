/**
 * The text of an API key: `sk_test_`, `51`, the account's own 16 characters, then 32 random ones (190 bits). What is
 * shown of a key afterwards is its prefix and last four characters.
 */
import { hash } from "node:crypto";
import type { Ids } from "../../core/ids.ts";
import type { KeyKind } from "../../operation.ts";

export interface KeyPrefix {
  readonly kind: KeyKind;
  readonly livemode: boolean;
}

const prefixes: ReadonlyMap<string, KeyPrefix> = new Map([
  ["sk_test_", { kind: "secret", livemode: false }],
  ["sk_live_", { kind: "secret", livemode: true }],
  ["pk_test_", { kind: "publishable", livemode: false }],
  ["pk_live_", { kind: "publishable", livemode: true }],
  ["rk_test_", { kind: "restricted", livemode: false }],
  ["rk_live_", { kind: "restricted", livemode: true }],
]);

const generatedKey = /^[prs]k_(?:test|live)_51([0-9A-Za-z]{16})[0-9A-Za-z]{32}$/;
const prefixLength = "sk_test_".length;

/** What the first characters of a key claim; undefined when they are no key's. */
export const prefixOf = (key: string): KeyPrefix | undefined =>
  prefixes.get(key.slice(0, prefixLength));

const firstLetters: Readonly<Record<KeyKind, string>> = {
  publishable: "p",
  restricted: "r",
  secret: "s",
};

export function newKeyText(ids: Ids, accountId: string, claim: KeyPrefix): string {
  const prefix = `${firstLetters[claim.kind]}k_${claim.livemode ? "live" : "test"}_`;
  return `${prefix}51${accountId.slice("acct_".length)}${ids.secret(32)}`;
}

/** The account that a key made by {@link newKeyText} names; undefined for a key that the operator chose. */
export function accountOfKey(key: string): string | undefined {
  const tail = generatedKey.exec(key)?.[1];
  return tail === undefined ? undefined : `acct_${tail}`;
}

export const digestOfKey = (key: string): string => hash("sha256", key);

/** Prefix and last four, one asterisk for each hidden character: how Stripe's sentences show a key. */
export function maskedKey(key: string): string {
  const shown = prefixOf(key) === undefined ? 0 : prefixLength;
  const hidden = Math.max(0, Math.min(key.length, 255) - shown - 4);
  return key.slice(0, shown) + "*".repeat(hidden) + (key.length > shown + 4 ? key.slice(-4) : "");
}
