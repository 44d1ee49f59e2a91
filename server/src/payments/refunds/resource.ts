/**
 * Shows a refund's row as Stripe's refund object. Pure; what has not happened to it is left out, as Stripe leaves it.
 */
import type { Resource } from "../../resource.ts";
import { Refund, type RefundRow, refunds } from "./schema.ts";

export const refundResource: Resource<typeof refunds> = {
  expands: {
    balance_transaction: "balance_transaction",
    charge: "charge",
    customer: "customer",
    failure_balance_transaction: "balance_transaction",
  },
  idParameter: "id",
  name: "refund",
  noun: "refund",
  present: presentRefund,
  schema: Refund,
  table: refunds,
  unbuiltExpansions: [
    "payment_intent",
    "payment_method",
    "source_transfer_reversal",
    "transfer_reversal",
  ],
};

function presentRefund(row: RefundRow): Refund {
  const { failure_balance_transaction: failure, failure_reason: reason } = row;
  return {
    amount: row.amount,
    balance_transaction: row.balance_transaction,
    charge: row.charge,
    created: row.created,
    currency: row.currency,
    customer: row.customer,
    customer_account: null,
    destination_details: { card: presentDestination(row), type: "card" },
    ...(failure === null ? {} : { failure_balance_transaction: failure }),
    ...(reason === null ? {} : { failure_reason: reason }),
    id: row.id,
    metadata: row.metadata,
    object: "refund",
    payment_intent: row.payment_intent,
    payment_method: row.payment_method,
    ...(row.pending_reason === null ? {} : { pending_reason: row.pending_reason }),
    reason: row.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: row.status,
    transfer_reversal: null,
  };
}

function presentDestination(row: RefundRow): Refund["destination_details"]["card"] {
  if (row.balance_transaction === null) {
    // Money that was never taken goes nowhere: what was held is let go.
    return { type: row.status === "succeeded" ? "reversal" : "pending" };
  }
  return {
    ...(row.reference === null ? {} : { reference: row.reference }),
    reference_status: row.reference === null ? "pending" : "available",
    reference_type: "acquirer_reference_number",
    type: "refund",
  };
}
