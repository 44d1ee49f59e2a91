/**
 * The order in which Stripe writes keys: `id`, `object`, then the rest by code unit. It holds at every level and for
 * every object, those inside events included. A list comes out as `object, data, has_more, total_count, url` by itself.
 */

/** A copy of the keys in Stripe's order. */
export function sortedKeys(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : Number(a > b)));
}

function rank(key: string): number {
  if (key === "id") return 0;
  return key === "object" ? 1 : 2;
}
