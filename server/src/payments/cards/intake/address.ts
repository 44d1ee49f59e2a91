/**
 * A card's address, which its parameters and the card object spell in words of their own: `address_line1`,
 * `address_zip`. What was never given is null, and an address of nothing is none.
 */

import type { CardAddress } from "../schema.ts";
import type { CardChanges } from "./parameters.ts";

/** @param current what stays where the change says nothing. */
export function cardAddress(current: CardAddress | null, change: CardChanges): CardAddress | null {
  const pick = (given: string | null | undefined, was: string | null | undefined): string | null =>
    given === undefined ? (was ?? null) : given;
  const address = {
    city: pick(change.address_city, current?.city),
    country: pick(change.address_country, current?.country),
    line1: pick(change.address_line1, current?.line1),
    line2: pick(change.address_line2, current?.line2),
    state: pick(change.address_state, current?.state),
    zip: pick(change.address_zip, current?.zip),
  };
  return Object.values(address).some((value) => value !== null) ? address : null;
}
