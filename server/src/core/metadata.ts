/**
 * Metadata merges: given keys are set, an empty value removes its key, an empty `metadata` removes all, and what is
 * not named stays.
 */

import { invalidRequest } from "./errors.ts";
import { metadataLimits } from "./parameters.ts";

export type Metadata = Readonly<Record<string, string>>;

/**
 * @param change undefined leaves all as it is, null clears all.
 * @throws ApiError 400 when there would be too many keys.
 */
export function mergeMetadata(
  current: Metadata,
  change: Metadata | null | undefined,
): Record<string, string> {
  if (change === null) return {};
  const merged = { ...current, ...change };
  for (const key of Object.keys(merged)) if (merged[key] === "") delete merged[key];
  if (Object.keys(merged).length > metadataLimits.keyCountMax) {
    throw invalidRequest(
      `Metadata can have up to ${metadataLimits.keyCountMax} keys, and with this change there would be ${Object.keys(merged).length}.`,
      { param: "metadata" },
    );
  }
  return merged;
}
