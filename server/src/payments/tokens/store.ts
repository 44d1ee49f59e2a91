/**
 * The queries of tokens beyond their key.
 */
import { columnsOf, defineQuery } from "../../store/query.ts";
import { type TokenRow, tokens } from "./schema.ts";

interface UnusedPast {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly now: number;
  readonly limit: number;
}

/** Unused tokens whose lifetime is over, the oldest first. Reads the partial index of unused tokens. */
export const unusedTokensPast = defineQuery<UnusedPast, TokenRow>(
  [tokens],
  (param) => `select ${columnsOf(tokens)} from tokens
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and status = 'unused' and expires_at <= ${param("now")}
    order by expires_at limit ${param("limit")}`,
);
