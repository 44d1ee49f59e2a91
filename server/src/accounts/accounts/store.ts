/**
 * The queries of accounts. These two start from nothing, so they alone name no account.
 */
import { sql } from "kysely";
import { defineQuery } from "../../store/query.ts";
import { defineTable, integer, text } from "../../store/table.ts";
import { type AccountRow, accounts } from "./schema.ts";

/** The account that the first start made. */
export const oldestAccount = defineQuery<Record<string, never>, AccountRow>([accounts], (db) =>
  db.selectFrom("accounts").selectAll().orderBy("created").orderBy("account_id").limit(1),
);

/** Every account, for the jobs that go through all of them. */
export const allAccounts = defineQuery<Record<string, never>, AccountRow>([accounts], (db) =>
  db.selectFrom("accounts").selectAll().orderBy("account_id"),
);

/** What of an event the clock needs to know. */
const eventTimes = defineTable("events", { account_id: text, created: integer });

/** The last thing that happened in an account's test mode, by its business clock. */
export const latestTestEvent = defineQuery<{ accountId: string }, { readonly created: number }>(
  [eventTimes],
  (db, param) =>
    db
      .selectFrom("events")
      .select("created")
      .where("account_id", "=", param("accountId"))
      .where("livemode", "=", sql.lit(false))
      .orderBy("created", "desc")
      .limit(1),
);
