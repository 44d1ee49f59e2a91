/**
 * The table of the request log. A row is written once and never changed; what is in it was redacted before, so that
 * whoever reads the database reads no card number, security code or secret.
 */
import { boolean, defineTable, integer, json, nullable, type Row, text } from "../store/table.ts";
import type { Redacted } from "./redaction.ts";

export const requestLogs = defineTable("request_logs", {
  account_id: text,
  /** The request's own id, `req_…`. */
  id: text,
  livemode: boolean,
  /** Unix seconds of the machine, not of test mode's clock: a log tells when something happened. */
  created: integer,
  position: integer,
  method: text,
  /** Without the query. */
  path: text,
  status: integer,
  duration_us: integer,
  /** The API key as it may be shown. */
  api_key: text,
  client_ip: nullable(text),
  idempotency_key: nullable(text),
  /** The version that the request asked for. */
  api_version: nullable(text),
  user_agent: nullable(text),
  error_type: nullable(text),
  error_code: nullable(text),
  error_message: nullable(text),
  /** Null where the request was refused before its parameters were read. */
  parameters: nullable(json<Redacted>()),
  /** Null for reads that succeeded and for answers that hold a secret. */
  answer: nullable(json<Redacted>()),
});
export type RequestLogRow = Row<typeof requestLogs>;
