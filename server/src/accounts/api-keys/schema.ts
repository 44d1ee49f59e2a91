/**
 * API keys: only the SHA-256 of a key is stored, which is enough for 190 random bits. A key names its account, so that
 * looking it up stays within that account's rows.
 */
import type { KeyKind, PermissionName } from "../../operation.ts";
import {
  boolean,
  type Column,
  defineTable,
  integer,
  json,
  nullable,
  type Row,
  text,
} from "../../store/table.ts";

/** What a restricted key was given, by resource; what is not named is none. */
export type Permissions = { readonly [Name in PermissionName]?: "read" | "write" };

export const apiKeys = defineTable("api_keys", {
  account_id: text,
  id: text,
  livemode: boolean,
  kind: text as Column<KeyKind>,
  digest: text,
  last4: text,
  created: integer,
  expires_at: nullable(integer),
  version: integer,
  permissions: nullable(json<Permissions>()),
  name: nullable(text),
});
export type ApiKeyRow = Row<typeof apiKeys>;
