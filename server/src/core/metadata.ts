/**
 * Metadata merges: given keys are set, an empty value removes its key, an empty `metadata` removes all, and what is
 * not named stays.
 */

export type Metadata = Readonly<Record<string, string>>;

/** @param change undefined leaves all as it is, null clears all. */
export function mergeMetadata(
  current: Metadata,
  change: Metadata | null | undefined,
): Record<string, string> {
  if (change === null) return {};
  const merged = { ...current, ...change };
  for (const key of Object.keys(merged)) if (merged[key] === "") delete merged[key];
  return merged;
}
