/**
 * API versions. Every published name and any later well-formed one is accepted and, for now, rendered as the version
 * of record; a malformed one is refused.
 */
import { invalidRequest } from "./errors.ts";
import { shownName } from "./shown.ts";

/** What answers are rendered as, and what events carry. */
export const versionOfRecord = "2026-08-26.dahlia";

const wellFormed =
  /^20[12]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:\.[a-z]{2,32})?(?:; ?[a-z0-9_=; ]{1,200})?$/;

/**
 * @param version undefined: none was named.
 * @param param where it was named, if not in the header.
 * @throws ApiError 400 when it is no version name.
 */
export function checkVersion(version: string | undefined, param?: string): void {
  if (version === undefined || version === versionOfRecord || wellFormed.test(version)) return;
  throw invalidRequest(`Invalid Stripe API version: ${shownName(version)}`, { param });
}
