/**
 * A memory of bounded size: the latest entries, at least half of its maximum. Two generations: dropping one whole is
 * cheap, while deleting the first key of a large Map, again and again, walks over all the holes that it left.
 */

export interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  /** Whether any entry was dropped so far. */
  hasForgotten(): boolean;
}

export function createRecent<Value>(max: number): Recent<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let hasForgotten = false;
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= max / 2) {
        hasForgotten ||= old.size > 0;
        old = young;
        young = new Map();
      }
      young.set(key, value);
    },
    hasForgotten: () => hasForgotten,
  };
}
