/**
 * The query that authenticates: one account's key by its digest.
 */
import { columnsOf, defineQuery } from "../../store/query.ts";
import { type ApiKeyRow, apiKeys } from "./schema.ts";

export const keyByDigest = defineQuery<{ accountId: string; digest: string }, ApiKeyRow>(
  [apiKeys],
  (param) => `select ${columnsOf(apiKeys)} from api_keys
    where account_id = ${param("accountId")} and digest = ${param("digest")}`,
);
