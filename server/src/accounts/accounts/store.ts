/**
 * The queries of accounts. The first two start from nothing, so they alone name no account.
 */
import { columnsOf, defineQuery } from "../../store/query.ts";
import { defineTable, integer, text } from "../../store/table.ts";
import { type AccountRow, accounts } from "./schema.ts";

/** The account that the first start made. */
export const oldestAccount = defineQuery<Record<string, never>, AccountRow>(
  [accounts],
  () => `select ${columnsOf(accounts)} from accounts order by created, account_id limit 1`,
);

/** Every account, for the jobs that go through all of them. */
export const allAccounts = defineQuery<Record<string, never>, AccountRow>(
  [accounts],
  () => `select ${columnsOf(accounts)} from accounts order by account_id`,
);

/** What of an event the clock needs to know. */
const eventTimes = defineTable("events", { account_id: text, created: integer });

/** The last thing that happened in an account's test mode, by its business clock. */
export const latestTestEvent = defineQuery<{ accountId: string }, { readonly created: number }>(
  [eventTimes],
  (param) => `select created from events
    where account_id = ${param("accountId")} and livemode = false
    order by created desc limit 1`,
);
