/**
 * API keys as iStripe's own endpoints show them: what they are for, never their text. The text leaves once, in the
 * answer that makes a key.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../../core/schema-builder.ts";
import { nullable, resource } from "../../core/serializer/types.ts";
import type { ApiKeyRow } from "./schema.ts";

const fields = {
  created: Type.Integer(),
  expires_at: nullable(Type.Integer()),
  id: Type.String(),
  kind: Type.String(),
  last4: Type.String(),
  livemode: Type.Boolean(),
  name: nullable(Type.String()),
  object: Type.Literal("istripe.api_key"),
  permissions: nullable(Type.Record(Type.String(), Type.String())),
};

export const ApiKey = resource(fields);
export type ApiKey = Static<typeof ApiKey>;

/** A key that was just made. It is the one answer that holds its text. */
export const NewApiKey = Type.Object(
  { ...fields, object: Type.Literal("istripe.new_api_key"), secret: Type.String() },
  { additionalProperties: false },
);
export type NewApiKey = Static<typeof NewApiKey>;

export const presentKey = (row: ApiKeyRow): ApiKey => ({
  created: row.created,
  expires_at: row.expires_at,
  id: row.id,
  kind: row.kind,
  last4: row.last4,
  livemode: row.livemode,
  name: row.name,
  object: "istripe.api_key",
  permissions: row.permissions === null ? null : { ...row.permissions },
});

export const presentNewKey = (row: ApiKeyRow, secret: string): NewApiKey => ({
  ...presentKey(row),
  object: "istripe.new_api_key",
  secret,
});
