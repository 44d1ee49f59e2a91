/**
 * What a token's state allows. A token that is used, deleted or past its lifetime pays for nothing, whether or not the
 * sweep has come by yet.
 */
import { type ApiError, invalidRequest, resourceMissing } from "../../core/errors.ts";
import type { TokenRow } from "./schema.ts";

/**
 * @param param the parameter that named the token, for the error.
 * @throws ApiError 400 `token_already_used`, or `resource_missing` for a deleted or expired one.
 */
export function requireUnused(token: TokenRow, now: number, param = "token"): void {
  if (token.status === "used") throw alreadyUsed(token.id);
  if (token.status === "deleted") throw missing(token.id, param, "it was deleted.");
  if (token.status === "expired" || token.expires_at <= now) {
    throw missing(token.id, param, "it expired without being used.");
  }
}

const alreadyUsed = (id: string): ApiError =>
  invalidRequest(`You cannot use a Stripe token more than once: ${id}.`, {
    code: "token_already_used",
    isExecuted: true,
  });

const missing = (id: string, param: string, hint: string): ApiError =>
  resourceMissing("token", id, { hint, in: "parameter", param });
