/**
 * The queries of tokens beyond their key.
 */
import { sql } from "kysely";
import { defineQuery } from "../../store/query.ts";
import { type TokenRow, tokens } from "./schema.ts";

interface UnusedPast {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly now: number;
  readonly limit: number;
}

/** Unused tokens whose lifetime is over, the oldest first. Reads the partial index of unused tokens. */
export const unusedTokensPast = defineQuery<UnusedPast, TokenRow>([tokens], (db, param) =>
  db
    .selectFrom("tokens")
    .selectAll()
    .where("account_id", "=", param("accountId"))
    .where("livemode", "=", param("livemode"))
    // A literal, because a bound value would hide from the planner that the partial index fits.
    .where("status", "=", sql.lit("unused"))
    .where("expires_at", "<=", param("now"))
    .orderBy("expires_at")
    .limit(param("limit")),
);
