/**
 * Refunds: the table, the wire object and its parameters. A refund belongs to one charge, and all of a charge's refunds
 * together never exceed it.
 */
import * as column from "../../store/table.ts";

export type RefundStatus = "pending" | "succeeded" | "failed" | "canceled";

/** What happens to a refund by itself once it is due. */
export interface LaterOutcome {
  readonly status: RefundStatus;
  readonly reason?: string;
}

export const refunds = column.defineTable("refunds", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  version: column.integer,
  amount: column.integer,
  currency: column.text,
  charge: column.text,
  payment_intent: column.nullable(column.text),
  customer: column.nullable(column.text),
  payment_method: column.nullable(column.text),
  status: column.text as column.Column<RefundStatus>,
  reason: column.nullable(column.text),
  balance_transaction: column.nullable(column.text),
  failure_balance_transaction: column.nullable(column.text),
  failure_reason: column.nullable(column.text),
  pending_reason: column.nullable(column.text),
  /** The acquirer's reference number, once it is known. */
  reference: column.nullable(column.text),
  later: column.nullable(column.json<LaterOutcome>()),
  /** When `later` comes true, in seconds of the business clock. */
  due: column.nullable(column.integer),
  metadata: column.json<Readonly<Record<string, string>>>(),
});
export type RefundRow = column.Row<typeof refunds>;
