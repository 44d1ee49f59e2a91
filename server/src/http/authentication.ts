/**
 * Who is calling: reads the API key from the Authorization header, finds its row by digest, and refuses in Stripe's
 * words. A key's row is trusted for a second before it is read again, which bounds how long a revoked key works.
 */
import { accountOfKey, digestOfKey, maskedKey, prefixOf } from "../accounts/api-keys/key-text.ts";
import type { ApiKeyRow } from "../accounts/api-keys/schema.ts";
import { keyByDigest } from "../accounts/api-keys/store.ts";
import type { Platform } from "../context.ts";
import { ApiError } from "../core/errors.ts";

export interface Caller {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly kind: ApiKeyRow["kind"];
  /** What a restricted key was given; null for the other kinds. */
  readonly permissions: ApiKeyRow["permissions"];
  /** The key as it may be shown. */
  readonly shownKey: string;
}

export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

const trustedForMs = 1000;
const rememberedMax = 10_000;

/** @param defaultAccountId the account of keys that do not name one, which the operator chose. */
export function createAuthenticate(platform: Platform, defaultAccountId: string): Authenticate {
  /** By the header as it came: a caller sends the same one each time. */
  const remembered = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  const authenticate = async (authorization: string | undefined): Promise<Caller> => {
    const key = keyOf(authorization);
    const accountId = accountOfKey(key) ?? defaultAccountId;
    const [row] =
      prefixOf(key) === undefined
        ? []
        : await platform.database.committed.select(keyByDigest, {
            accountId,
            digest: digestOfKey(key),
          });
    if (row === undefined) throw unauthorized(`Invalid API Key provided: ${maskedKey(key)}`);
    if (row.expires_at !== null && row.expires_at * 1000 <= platform.clock.system()) {
      throw unauthorized(`Expired API Key provided: ${maskedKey(key)}`, "api_key_expired");
    }
    return {
      accountId: row.account_id,
      kind: row.kind,
      livemode: row.livemode,
      permissions: row.permissions,
      shownKey: maskedKey(key),
    };
  };

  return async (authorization) => {
    const nowMs = platform.clock.monotonic();
    const known = authorization === undefined ? undefined : remembered.get(authorization);
    if (known !== undefined && known.untilMs > nowMs) return known.caller;
    const caller = await authenticate(authorization);
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(authorization ?? "", { caller, untilMs: nowMs + trustedForMs });
    return caller;
  };
}

/** The key in `Bearer <key>` or as the user name of HTTP Basic. @throws ApiError 401 when there is none. */
function keyOf(authorization: string | undefined): string {
  const [scheme = "", credentials = ""] = (authorization ?? "").split(/ +(.*)/s);
  if (/^bearer$/i.test(scheme) && credentials !== "") return credentials.trim();
  if (/^basic$/i.test(scheme)) {
    const [user = ""] = Buffer.from(credentials, "base64").toString("utf8").split(":");
    if (user !== "") return user;
  }
  throw unauthorized(
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
  );
}

const unauthorized = (message: string, code?: string): ApiError =>
  new ApiError(401, "invalid_request_error", {
    code,
    headers: { "WWW-Authenticate": 'Bearer realm="Stripe"' },
    message,
  });
