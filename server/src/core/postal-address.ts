/**
 * Postal addresses and shipping details: as parameters, as they are stored, and as the API shows them. An address is a
 * value: it is replaced as a whole, and a line that was not given is null.
 */
import type { Static } from "@sinclair/typebox";
import { clearable, hash, text } from "./parameters.ts";
import { Type } from "./schema-builder.ts";
import { nullable } from "./serializer/types.ts";

const optionalText = () => Type.Optional(clearable(text()));

/** `address[line1]=…`. */
export const postalAddress = () =>
  hash({
    city: optionalText(),
    country: optionalText(),
    line1: optionalText(),
    line2: optionalText(),
    postal_code: optionalText(),
    state: optionalText(),
  });

/** An address as it was given; what is absent or null is not known. */
export type PostalAddress = Static<ReturnType<typeof postalAddress>>;

const shownText = nullable(Type.String());

export const ShownAddress = Type.Object({
  city: shownText,
  country: shownText,
  line1: shownText,
  line2: shownText,
  postal_code: shownText,
  state: shownText,
});

export function presentAddress(address: PostalAddress | undefined): Static<typeof ShownAddress> {
  return {
    city: address?.city ?? null,
    country: address?.country ?? null,
    line1: address?.line1 ?? null,
    line2: address?.line2 ?? null,
    postal_code: address?.postal_code ?? null,
    state: address?.state ?? null,
  };
}
