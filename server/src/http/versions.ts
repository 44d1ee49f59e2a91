/**
 * API versions. Every published name and any later well-formed one is accepted and, for now, rendered as the version
 * of record; a malformed one is refused.
 */
import { invalidRequest } from "../core/errors.ts";
import { shownName } from "../core/shown.ts";

/** What answers are rendered as, and what events carry. */
export const versionOfRecord = "2026-08-26.dahlia";

const wellFormed =
  /^20[12]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:\.[a-z]{2,32})?(?:; ?[a-z0-9_=; ]{1,200})?$/;

/** @throws ApiError 400 when the header is no version name. */
export function checkVersion(header: string | undefined): void {
  if (header === undefined || header === versionOfRecord || wellFormed.test(header)) return;
  throw invalidRequest(`Invalid Stripe API version: ${shownName(header)}`);
}
