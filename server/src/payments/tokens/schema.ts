/**
 * Tokens: the table, the wire object and its parameters. A token stands for one sealed card, is used once, and loses
 * its card the moment it is used, deleted or expired.
 */
import type { Static } from "@sinclair/typebox";
import { expand, hash, metadata } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { nullable, openMap, resource } from "../../core/serializer/types.ts";
import type { Resource } from "../../resource.ts";
import * as column from "../../store/table.ts";
import { cardChanges, cardHash } from "../cards/intake/parameters.ts";
import { Card, type CardAddress, presentCard } from "../cards/schema.ts";

export type TokenStatus = "unused" | "used" | "deleted" | "expired";

export const tokens = column.defineTable("tokens", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  expires_at: column.integer,
  status: column.text as column.Column<TokenStatus>,
  client_ip: column.nullable(column.text),
  card_id: column.text,
  brand: column.text,
  last4: column.text,
  exp_month: column.integer,
  exp_year: column.integer,
  fingerprint: column.text,
  funding: column.text,
  country: column.nullable(column.text),
  has_cvc: column.boolean,
  name: column.nullable(column.text),
  address: column.nullable(column.json<CardAddress>()),
  metadata: column.json<Readonly<Record<string, string>>>(),
  sealed: column.nullable(column.bytes),
});
export type TokenRow = column.Row<typeof tokens>;

const Token = resource({
  card: Card,
  client_ip: nullable(Type.String()),
  created: Type.Integer(),
  id: Type.String(),
  livemode: Type.Boolean(),
  // Ours: present only on tokens that were given metadata, so that Stripe's shape is otherwise untouched.
  metadata: Type.Optional(openMap()),
  object: Type.Literal("token"),
  type: Type.Literal("card"),
  used: Type.Boolean(),
});

export const CreateToken = Type.Object({
  card: Type.Optional(cardHash()),
  expand: Type.Optional(expand()),
  metadata: Type.Optional(metadata()),
});
export type CreateToken = Static<typeof CreateToken>;

export const UpdateToken = Type.Object({
  card: Type.Optional(hash(cardChanges)),
  expand: Type.Optional(expand()),
  metadata: Type.Optional(metadata()),
});
export type UpdateToken = Static<typeof UpdateToken>;

export const tokenResource: Resource<typeof tokens> = {
  idParameter: "token",
  isGone: (row) => row.status === "deleted",
  name: "token",
  noun: "token",
  present: presentToken,
  schema: Token,
  table: tokens,
};

function presentToken(row: TokenRow): Static<typeof Token> {
  return {
    card: presentCard({
      address: row.address,
      // A check is made when the card is charged; until then a datum that was given is "unchecked".
      addressLine1Check: row.address?.line1 ? "unchecked" : null,
      addressZipCheck: row.address?.zip ? "unchecked" : null,
      brand: row.brand,
      country: row.country,
      cvcCheck: row.has_cvc ? "unchecked" : null,
      expMonth: row.exp_month,
      expYear: row.exp_year,
      fingerprint: row.fingerprint,
      funding: row.funding,
      id: row.card_id,
      last4: row.last4,
      name: row.name,
    }),
    client_ip: row.client_ip,
    created: row.created,
    id: row.id,
    livemode: row.livemode,
    ...(Object.keys(row.metadata).length === 0 ? {} : { metadata: row.metadata }),
    object: "token",
    type: "card",
    used: row.status === "used",
  };
}
