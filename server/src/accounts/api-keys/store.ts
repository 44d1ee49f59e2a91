/**
 * The query that authenticates: one account's key by its digest.
 */
import { defineQuery } from "../../store/query.ts";
import { type ApiKeyRow, apiKeys } from "./schema.ts";

export const keyByDigest = defineQuery<{ accountId: string; digest: string }, ApiKeyRow>(
  [apiKeys],
  (db, param) =>
    db
      .selectFrom("api_keys")
      .selectAll()
      .where("account_id", "=", param("accountId"))
      .where("digest", "=", param("digest")),
);
