/**
 * Where in the parameters a reader stands, for naming it in an error. Places are made once, when a schema is compiled;
 * the index of a list element is set while its list is read. Reading is synchronous and a place belongs to one position
 * of one schema, so no two reads ever share an index, and a request that is fine builds no path at all.
 */
import { shownName } from "../../core/shown.ts";

export interface Place {
  readonly parent: Place | undefined;
  /** The name, or the index while a list is read, or the caller's own key in an open map. */
  key: string | number;
}

export const root: Place = { key: "", parent: undefined };

export const placeIn = (parent: Place, key: string | number): Place => ({ key, parent });

/** `a[b][0]`, as it may be shown. */
export function pathOf(place: Place): string {
  const { parent } = place;
  if (parent === undefined) return "";
  const key = typeof place.key === "number" ? String(place.key) : shownName(place.key);
  return parent.parent === undefined ? key : `${pathOf(parent)}[${key}]`;
}
