/**
 * Pages of lists that were asked for more than once, as they were written. Whoever takes one compares its state with
 * the database's first, so a page that has changed is never shown; what is saved is reading its rows and writing them.
 */
import type { SerializedText } from "../core/serializer/compile.ts";

export interface RememberedPages {
  /** Whether the page was asked for before, not long ago. From then on it is. */
  isAskedAgain(place: string): boolean;
  /** The page's text if it still is in this state. */
  find(place: string, state: string): SerializedText | undefined;
  keep(place: string, page: { readonly state: string; readonly written: SerializedText }): void;
}

interface Kept {
  readonly state: string;
  readonly written: SerializedText;
}

/** Characters of text in one generation; of the two that are held, none is ever larger. */
const generationSizeMax = 8 * 1024 * 1024;
const askedMax = 2000;

/** Two generations of each kind: dropping the older one whole costs nothing, unlike finding what was used least. */
export function createRememberedPages(): RememberedPages {
  let asked = new Set<string>();
  let askedBefore = new Set<string>();
  let young = new Map<string, Kept>();
  let old = new Map<string, Kept>();
  let youngSize = 0;
  const keep = (place: string, page: Kept): void => {
    const size = page.written.text.length + page.state.length + place.length;
    if (size > generationSizeMax) return;
    if (youngSize + size > generationSizeMax) {
      old = young;
      young = new Map();
      youngSize = 0;
    }
    youngSize += size;
    young.set(place, page);
  };
  return {
    find: (place, state) => {
      const recent = young.get(place);
      const page = recent ?? old.get(place);
      if (page?.state !== state) return undefined;
      if (recent === undefined) keep(place, page);
      return page.written;
    },
    isAskedAgain: (place) => {
      if (asked.has(place)) return true;
      const isKnown = askedBefore.has(place);
      if (asked.size >= askedMax) {
        askedBefore = asked;
        asked = new Set();
      }
      asked.add(place);
      return isKnown;
    },
    keep,
  };
}
