/**
 * Accounts: the owner of every object. An account has a test mode and a live mode; how far the business clock of its
 * test mode is ahead of the machine's is kept here, so that a restart does not turn time back.
 */
import { defineTable, integer, nullable, type Row, text } from "../../store/table.ts";

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
  },
  { key: ["account_id"] },
);
export type AccountRow = Row<typeof accounts>;
