/**
 * The queries of charges beyond their key and their list.
 */
import { sql } from "kysely";
import { defineQuery } from "../../store/query.ts";
import { charges } from "./schema.ts";

interface PendingBefore {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly before: number;
  readonly limit: number;
}

/** Charges that still wait for their processor's answer, the oldest first. */
export const pendingCharges = defineQuery<PendingBefore, { readonly id: string }>(
  [charges],
  (db, param) =>
    db
      .selectFrom("charges")
      .select("id")
      .where("account_id", "=", param("accountId"))
      .where("livemode", "=", param("livemode"))
      // A literal, because a bound value would hide from the planner that the partial index fits.
      .where("status", "=", sql.lit("pending"))
      .where("created", "<=", param("before"))
      .orderBy("created")
      .limit(param("limit")),
);
