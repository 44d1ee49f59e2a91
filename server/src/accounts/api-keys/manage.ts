/**
 * Lists, makes and rolls API keys on behalf of whoever holds a secret one of the same account and mode.
 */
import type { Context } from "../../context.ts";
import { invalidRequest, resourceMissing } from "../../core/errors.ts";
import type { PermissionName } from "../../operation.ts";
import { registerKey } from "./create.ts";
import { type ApiKey, type NewApiKey, presentKey, presentNewKey } from "./key-object.ts";
import { newKeyText } from "./key-text.ts";
import { type ApiKeyRow, apiKeys, type Permissions } from "./schema.ts";
import { keysOfMode } from "./store.ts";
import { keptKeyName } from "./test-keys.ts";

/** What is asked for of a resource; `none` is the same as not naming it. */
type Access = "none" | "read" | "write";

export interface KeyRequest {
  readonly kind?: ApiKeyRow["kind"];
  readonly name?: string;
  readonly permissions?: { readonly [Name in PermissionName]?: Access };
}

/** A page of the keys of the caller's mode, the newest first, those included that no longer work. */
export async function listKeys(
  context: Context,
  page: { readonly limit?: number; readonly starting_after?: string },
): Promise<{ readonly data: ApiKey[]; readonly hasMore: boolean }> {
  const { accountId, livemode } = context;
  const rows = await context.database.committed.select(keysOfMode, { accountId, livemode });
  const after = rows.findIndex(({ id }) => id === page.starting_after);
  if (page.starting_after !== undefined && after < 0) {
    throw resourceMissing("API key", page.starting_after, {
      in: "parameter",
      param: "starting_after",
    });
  }
  const limit = page.limit ?? 10;
  const rest = rows.slice(after + 1);
  return { data: rest.slice(0, limit).map(presentKey), hasMore: rest.length > limit };
}

/** @throws ApiError 400 when permissions are given to a key that is not restricted. */
export function makeKey(context: Context, request: KeyRequest): Promise<NewApiKey> {
  const kind = request.kind ?? "secret";
  if (request.permissions !== undefined && kind !== "restricted") {
    throw invalidRequest("Only a restricted key has permissions: give kind=restricted.", {
      param: "permissions",
    });
  }
  const claim = {
    kind,
    livemode: context.livemode,
    name: request.name ?? null,
    permissions: kind === "restricted" ? givenOf(request.permissions) : null,
  };
  const key = newKeyText(context.ids, context.accountId, claim);
  return context.finish(async (tx) =>
    presentNewKey(registerKey(tx, context, { accountId: context.accountId, claim, key }), key),
  );
}

const givenOf = (asked: KeyRequest["permissions"] = {}): Permissions =>
  Object.fromEntries(Object.entries(asked).filter(([, access]) => access !== "none"));

/**
 * A new key of the same kind and permissions in the place of an old one.
 *
 * @param expiresIn seconds for which the old one still works.
 * @throws ApiError 404 for an unknown key, 400 for one that has expired or that the server itself keeps.
 */
export function rollKey(context: Context, id: string, expiresIn: number): Promise<NewApiKey> {
  const { accountId, livemode } = context;
  return context.finish(async (tx) => {
    const old = await tx.get(apiKeys, { account_id: accountId, id });
    if (old === undefined || old.livemode !== livemode) {
      throw resourceMissing("API key", id, { in: "url", param: "id" });
    }
    const nowSeconds = Math.floor(context.clock.system() / 1000);
    if (old.expires_at !== null && old.expires_at <= nowSeconds) {
      throw invalidRequest(
        `The API key ${id} has expired, so it cannot be rolled: make a new one.`,
      );
    }
    if (old.name === keptKeyName) {
      throw invalidRequest(
        `The API key ${id} is kept in the data directory and read at each start: to change it, stop the server, remove the file test-keys.json and start again.`,
      );
    }
    tx.update(apiKeys, old, { expires_at: nowSeconds + expiresIn });
    const claim = { kind: old.kind, livemode, name: old.name, permissions: old.permissions };
    const key = newKeyText(context.ids, accountId, claim);
    return presentNewKey(registerKey(tx, context, { accountId, claim, key }), key);
  });
}
