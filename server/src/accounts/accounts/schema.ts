/**
 * Accounts: the owner of every object. An account has a test mode and a live mode; how far the business clock of its
 * test mode is ahead of the machine's is kept here, so that a restart does not turn time back.
 */
import { boolean, defineTable, integer, nullable, type Row, text } from "../../store/table.ts";

export const accounts = defineTable(
  "accounts",
  {
    account_id: text,
    created: integer,
    test_clock_offset_ms: integer,
    version: integer,
    /** ISO 3166-1 alpha-2. */
    country: text,
    default_currency: text,
    email: nullable(text),
    business_name: nullable(text),
    /** What cardholders read on their statements; null: the server's name. */
    statement_descriptor: nullable(text),
    /** Whether a payment is refused although its issuer agreed, because the postal code is wrong. */
    decline_on_avs_failure: boolean,
    /** The same for a wrong CVC. */
    decline_on_cvc_failure: boolean,
  },
  { key: ["account_id"] },
);
export type AccountRow = Row<typeof accounts>;

/** What an account's owner decides. */
export type AccountSettings = Omit<
  AccountRow,
  "account_id" | "created" | "test_clock_offset_ms" | "version"
>;
