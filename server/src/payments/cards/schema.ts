/**
 * Cards: the object as tokens, charges and customers show it, and the table of those that customers keep. Nothing here
 * holds a number: only what may be shown, and bytes that this server cannot open.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../../core/schema-builder.ts";
import { expandable, nullable, openMap, resource } from "../../core/serializer/types.ts";
import * as column from "../../store/table.ts";

/** A postal address as the card object spells it. */
export interface CardAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly zip: string | null;
  readonly country: string | null;
}

/** What of a card may be shown, gathered from the row that carries it. */
export interface CardShown {
  readonly id: string;
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly fingerprint: string;
  readonly funding: string;
  readonly country: string | null;
  readonly name: string | null;
  readonly address: CardAddress | null;
  readonly cvcCheck: string | null;
  readonly addressLine1Check: string | null;
  readonly addressZipCheck: string | null;
  /** The customer who keeps it; undefined for a card that nobody keeps. */
  readonly customer?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const shownText = nullable(Type.String());

export const Card = resource({
  address_city: shownText,
  address_country: shownText,
  address_line1: shownText,
  address_line1_check: shownText,
  address_line2: shownText,
  address_state: shownText,
  address_zip: shownText,
  address_zip_check: shownText,
  brand: Type.String(),
  country: shownText,
  // Only of cards that a customer keeps, or kept.
  customer: Type.Optional(nullable(expandable("customer"))),
  cvc_check: shownText,
  dynamic_last4: shownText,
  exp_month: Type.Integer(),
  exp_year: Type.Integer(),
  fingerprint: shownText,
  funding: Type.String(),
  id: Type.String(),
  last4: Type.String(),
  metadata: openMap(),
  name: shownText,
  // Not of cards that a customer keeps.
  networks: Type.Optional(Type.Object({ preferred: shownText })),
  object: Type.Literal("card"),
  regulated_status: shownText,
  tokenization_method: shownText,
});

/** Card objects spell brands in words, payment methods in lower case. */
const brandWords: Readonly<Record<string, string>> = {
  amex: "American Express",
  diners: "Diners Club",
  discover: "Discover",
  jcb: "JCB",
  mastercard: "MasterCard",
  unionpay: "UnionPay",
  visa: "Visa",
};

export function presentCard(card: CardShown): Static<typeof Card> {
  const { address } = card;
  return {
    address_city: address?.city ?? null,
    address_country: address?.country ?? null,
    address_line1: address?.line1 ?? null,
    address_line1_check: card.addressLine1Check,
    address_line2: address?.line2 ?? null,
    address_state: address?.state ?? null,
    address_zip: address?.zip ?? null,
    address_zip_check: card.addressZipCheck,
    brand: brandWords[card.brand] ?? "Unknown",
    country: card.country,
    ...(card.customer === undefined ? {} : { customer: card.customer }),
    cvc_check: card.cvcCheck,
    dynamic_last4: null,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    fingerprint: card.fingerprint,
    funding: card.funding,
    id: card.id,
    last4: card.last4,
    metadata: { ...card.metadata },
    name: card.name,
    ...(card.customer === undefined ? { networks: { preferred: null } } : {}),
    object: "card",
    regulated_status: "unregulated",
    tokenization_method: null,
  };
}

/** The cards that customers keep. A deleted one keeps its row, which charges name, and loses its sealed card. */
export const cards = column.defineTable("cards", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  deleted: column.boolean,
  customer: column.text,
  brand: column.text,
  network: column.text,
  last4: column.text,
  exp_month: column.integer,
  exp_year: column.integer,
  fingerprint: column.text,
  funding: column.text,
  country: column.nullable(column.text),
  cvc_check: column.nullable(column.text),
  address_line1_check: column.nullable(column.text),
  address_zip_check: column.nullable(column.text),
  name: column.nullable(column.text),
  address: column.nullable(column.json<CardAddress>()),
  metadata: column.json<Readonly<Record<string, string>>>(),
  sealed: column.nullable(column.bytes),
  /** Whether the account was told that the card is in its last month. */
  expiry_told: column.boolean,
});
export type CardRow = column.Row<typeof cards>;
