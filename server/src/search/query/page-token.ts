/**
 * The opaque token of the next page: the place after which it begins. It names no row and no query, so it stays good
 * when rows come and go.
 */
import { invalidRequest } from "../../core/errors.ts";
import { shownName } from "../../core/shown.ts";
import type { Place } from "./entries.ts";

export const pageTokenOf = ({ created, position }: Place): string =>
  Buffer.from(`${created}.${position}`).toString("base64url");

/** @throws ApiError 400 on `page` for anything that {@link pageTokenOf} does not write. */
export function placeOfToken(token: string): Place {
  const text = token.length > 100 ? "" : Buffer.from(token, "base64url").toString("latin1");
  const [, created, position] = /^([0-9]{1,16})[.]([0-9]{1,16})$/.exec(text) ?? [];
  const place = { created: Number(created), position: Number(position) };
  const isGood = Number.isSafeInteger(place.created) && Number.isSafeInteger(place.position);
  if (!isGood || pageTokenOf(place) !== token) {
    throw invalidRequest(
      `Invalid page: ${shownName(token)}. Use the next_page value of an earlier search.`,
      { param: "page" },
    );
  }
  return place;
}
