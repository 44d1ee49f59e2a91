/**
 * Makes and registers API keys. The text of a key leaves this file once, as the result; the row keeps its digest.
 */
import type { Platform } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import { digestOfKey, type KeyPrefix, newKeyText } from "./key-text.ts";
import { type ApiKeyRow, apiKeys, type Permissions } from "./schema.ts";

/** What a new key is for. */
export interface NewKey extends KeyPrefix {
  readonly name?: string | null;
  /** What a restricted key may do. */
  readonly permissions?: Permissions | null;
}

/** @returns the text of the new key, shown this once. */
export async function createApiKey(
  platform: Platform,
  accountId: string,
  claim: NewKey,
): Promise<string> {
  const key = newKeyText(platform.ids, accountId, claim);
  await platform.database.transact(async (tx) =>
    registerKey(tx, platform, { accountId, claim, key }),
  );
  return key;
}

/** Registers a key whose text is known already: a generated one, or the one that the operator chose for CI. */
export function registerKey(
  tx: Transaction,
  platform: Pick<Platform, "ids" | "clock">,
  about: {
    readonly accountId: string;
    readonly key: string;
    readonly claim: NewKey;
  },
): ApiKeyRow {
  const row: ApiKeyRow = {
    account_id: about.accountId,
    created: Math.floor(platform.clock.system() / 1000),
    digest: digestOfKey(about.key),
    expires_at: null,
    id: platform.ids.next("mk_"),
    kind: about.claim.kind,
    last4: about.key.slice(-4),
    livemode: about.claim.livemode,
    name: about.claim.name ?? null,
    permissions: about.claim.permissions ?? null,
    version: 1,
  };
  tx.insert(apiKeys, row);
  return row;
}
