/**
 * A card as the endpoints take it: its fields, by a name for each that every endpoint shares, and a source, which is
 * such a card or the id of a token. The number and the CVC are the vault's: what is read of them is a handle.
 */
import type { CardHandle } from "@istripe/vault";
import type { Static } from "@sinclair/typebox";
import {
  cardNumber,
  clearable,
  cvc,
  hash,
  type MetadataChange,
  metadata,
  oneOf,
  text,
} from "../../../core/parameters.ts";
import { Type } from "../../../core/schema-builder.ts";

const fields = {
  address_city: Type.Optional(text()),
  address_country: Type.Optional(text()),
  address_line1: Type.Optional(text()),
  address_line2: Type.Optional(text()),
  address_state: Type.Optional(text()),
  address_zip: Type.Optional(text()),
  cvc: Type.Optional(cvc()),
  exp_month: text(),
  exp_year: text(),
  name: Type.Optional(text()),
  number: cardNumber<CardHandle>(),
};

/** `card[number]=…`, as tokens take it. */
export const cardHash = () => hash(fields);
export type CardHash = Static<ReturnType<typeof cardHash>>;

/** `source=tok_…`, or `source[object]=card&source[number]=…`. */
export const cardSource = () =>
  Type.Union([
    hash({
      ...fields,
      metadata: Type.Optional(metadata()),
      object: Type.Optional(oneOf(["card"])),
    }),
    text(),
  ]);
export type CardSource = (CardHash & { readonly metadata?: MetadataChange }) | string;

/** What may be changed of a card that is kept: everything but its number. */
export const cardChanges = {
  address_city: Type.Optional(clearable(text())),
  address_country: Type.Optional(clearable(text())),
  address_line1: Type.Optional(clearable(text())),
  address_line2: Type.Optional(clearable(text())),
  address_state: Type.Optional(clearable(text())),
  address_zip: Type.Optional(clearable(text())),
  exp_month: Type.Optional(text()),
  exp_year: Type.Optional(text()),
  name: Type.Optional(clearable(text())),
};
export type CardChanges = Static<ReturnType<typeof changesHash>>;
const changesHash = () => hash(cardChanges);
