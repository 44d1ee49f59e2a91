/**
 * The queries of API keys: the one that authenticates, and the list.
 */
import { columnsOf, defineQuery } from "../../store/query.ts";
import { type ApiKeyRow, apiKeys } from "./schema.ts";

interface OfMode {
  readonly accountId: string;
  readonly livemode: boolean;
}

/** Every key of a mode, the newest first. There are few. */
export const keysOfMode = defineQuery<OfMode, ApiKeyRow>(
  [apiKeys],
  (param) => `select ${columnsOf(apiKeys)} from api_keys
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
    order by created desc, id desc`,
);

export const keyByDigest = defineQuery<{ accountId: string; digest: string }, ApiKeyRow>(
  [apiKeys],
  (param) => `select ${columnsOf(apiKeys)} from api_keys
    where account_id = ${param("accountId")} and digest = ${param("digest")}`,
);
