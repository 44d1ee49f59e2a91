/**
 * The beginning of a refund: its amount is set aside on the charge before anybody is asked, so that refunds under way
 * at once never exceed the charge. Until it is settled the refund is `pending` and nobody is told of it.
 */
import type { Context } from "../../../context.ts";
import { mergeMetadata } from "../../../core/metadata.ts";
import type { MetadataChange } from "../../../core/parameters.ts";
import type { Transaction } from "../../../store/database.ts";
import { answerWithinSeconds } from "../../charges/processor.ts";
import { type ChargeRow, charges } from "../../charges/schema.ts";
import { type RefundReason, type RefundRow, refunds } from "../schema.ts";

export interface RefundTerms {
  /** Made before anything is asked, so that a body that runs again asks under the same reference. */
  readonly id: string;
  /** Minor units, no more than is left of the charge. */
  readonly amount: number;
  readonly reason: RefundReason | null;
  readonly metadata?: MetadataChange | undefined;
}

export interface BegunRefund {
  /** With the refund's amount set aside. */
  readonly charge: ChargeRow;
  readonly refund: RefundRow;
}

/** @param charge read under its lock, and found to have the amount left. */
export function beginRefund(
  tx: Transaction,
  context: Context,
  { charge, terms }: { readonly charge: ChargeRow; readonly terms: RefundTerms },
): BegunRefund {
  const refund = pendingRefund(context, charge, terms);
  tx.insert(refunds, refund);
  const after = tx.update(charges, charge, {
    amount_refunded: charge.amount_refunded + terms.amount,
    // What is refunded is held no longer.
    capture_before: null,
  });
  return { charge: after, refund };
}

/** Whether its processor's answer is still waited for. */
export const isUnanswered = (refund: RefundRow): boolean =>
  refund.status === "pending" && refund.later === null && refund.due !== null;

export const pendingRefund = (
  context: Context,
  charge: ChargeRow,
  terms: RefundTerms,
): RefundRow => ({
  account_id: context.accountId,
  amount: terms.amount,
  balance_transaction: null,
  charge: charge.id,
  created: context.now,
  currency: charge.currency,
  customer: charge.customer,
  due: context.now + answerWithinSeconds,
  failure_balance_transaction: null,
  failure_reason: null,
  id: terms.id,
  later: null,
  livemode: context.livemode,
  metadata: mergeMetadata({}, terms.metadata),
  payment_intent: charge.payment_intent,
  payment_method: charge.card_id,
  pending_reason: "processing",
  position: context.ids.position(),
  reason: terms.reason,
  reference: null,
  status: "pending",
  version: 1,
});
