/**
 * Refunds: the table, the wire object and its parameters. A refund belongs to one charge, and all of a charge's refunds
 * together never exceed it.
 */
import type { Static } from "@sinclair/typebox";
import { amount, expand, hash, metadata, oneOf, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { expandable, nullable, openMap, resource } from "../../core/serializer/types.ts";
import * as column from "../../store/table.ts";

export type RefundStatus = "pending" | "succeeded" | "failed" | "canceled";

/**
 * What happens to a refund by itself once it is due: it gets through, it does not, or the acquirer's reference of one
 * that did becomes known.
 */
export interface LaterOutcome {
  readonly status: "succeeded" | "failed" | "referenced";
  /** Why it fails. */
  readonly reason: string | null;
}

/** Why a caller may say that money is given back. */
const givenReasons = ["duplicate", "fraudulent", "requested_by_customer"] as const;
export type RefundReason = (typeof givenReasons)[number] | "expired_uncaptured_charge";

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
  reason: column.nullable(column.text as column.Column<RefundReason>),
  balance_transaction: column.nullable(column.text),
  failure_balance_transaction: column.nullable(column.text),
  failure_reason: column.nullable(column.text),
  pending_reason: column.nullable(column.text),
  /** The acquirer's reference number, once it is known. */
  reference: column.nullable(column.text),
  later: column.nullable(column.json<LaterOutcome>()),
  /** When `later` comes true, in seconds of the business clock; without a `later`, when a lost answer is asked for. */
  due: column.nullable(column.integer),
  metadata: column.json<Readonly<Record<string, string>>>(),
});
export type RefundRow = column.Row<typeof refunds>;

const optionalText = Type.Optional(Type.String());
const shownText = nullable(Type.String());

export const Refund = resource({
  amount: Type.Integer(),
  balance_transaction: nullable(expandable("balance_transaction")),
  charge: expandable("charge"),
  created: Type.Integer(),
  currency: Type.String(),
  customer: nullable(expandable("customer")),
  customer_account: Type.Null(),
  destination_details: Type.Object({
    card: Type.Object({
      reference: optionalText,
      reference_status: optionalText,
      reference_type: optionalText,
      type: Type.String(),
    }),
    type: Type.Literal("card"),
  }),
  // What is said of a failure is there only when it failed, and why it waits only while it does.
  failure_balance_transaction: Type.Optional(expandable("balance_transaction")),
  failure_reason: optionalText,
  id: Type.String(),
  metadata: openMap(),
  object: Type.Literal("refund"),
  payment_intent: shownText,
  payment_method: shownText,
  pending_reason: optionalText,
  reason: shownText,
  receipt_number: Type.Null(),
  source_transfer_reversal: Type.Null(),
  status: Type.String(),
  transfer_reversal: Type.Null(),
});
export type Refund = Static<typeof Refund>;

/** What is given back of a charge, and why. */
const terms = {
  amount: Type.Optional(amount({ minimum: 1 })),
  expand: Type.Optional(expand()),
  metadata: Type.Optional(metadata()),
  reason: Type.Optional(oneOf(givenReasons)),
};

export const CreateRefund = hash(
  { ...terms, charge: Type.Optional(text()), payment_intent: Type.Optional(text()) },
  { exclusive: [["charge", "payment_intent"]] },
);
export type CreateRefund = Static<typeof CreateRefund>;

/** Where the charge stands in the URL. */
export const CreateRefundOfCharge = Type.Object({ ...terms });

export const UpdateRefund = Type.Object({
  expand: Type.Optional(expand()),
  metadata: Type.Optional(metadata()),
});
export type UpdateRefund = Static<typeof UpdateRefund>;

/** Stripe's other parameters of a new refund: for Connect and for other ways to pay. */
export const unbuiltTerms = [
  "currency",
  "customer",
  "instructions_email",
  "origin",
  "refund_application_fee",
  "reverse_transfer",
] as const;
