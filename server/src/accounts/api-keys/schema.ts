/**
 * API keys: only the SHA-256 of a key is stored, which is enough for 190 random bits. A key names its account, so that
 * looking it up stays within that account's rows.
 */
import type { KeyKind } from "../../operation.ts";
import {
  boolean,
  type Column,
  defineTable,
  integer,
  nullable,
  type Row,
  text,
} from "../../store/table.ts";

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
});
export type ApiKeyRow = Row<typeof apiKeys>;
