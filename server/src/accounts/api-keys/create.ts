/**
 * Makes and registers API keys. The text of a key leaves this file once, as the result; the row keeps its digest.
 */
import type { Platform } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import { digestOfKey, type KeyPrefix, newKeyText } from "./key-text.ts";
import { apiKeys } from "./schema.ts";

/** @returns the text of the new key, shown this once. */
export async function createApiKey(
  platform: Platform,
  accountId: string,
  claim: KeyPrefix,
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
  about: { readonly accountId: string; readonly key: string; readonly claim: KeyPrefix },
): void {
  tx.insert(apiKeys, {
    account_id: about.accountId,
    created: Math.floor(platform.clock.system() / 1000),
    digest: digestOfKey(about.key),
    expires_at: null,
    id: platform.ids.next("mk_"),
    kind: about.claim.kind,
    last4: about.key.slice(-4),
    livemode: about.claim.livemode,
    version: 1,
  });
}
