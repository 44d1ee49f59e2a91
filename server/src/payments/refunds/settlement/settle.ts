/**
 * Turns the processor's answer into the refund's state, in the caller's transaction: the row, the money in the ledger
 * and the events that tell of it.
 */
import type { Context } from "../../../context.ts";
import { eventOf } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import { recordRefund } from "../../balance/record.ts";
import { holdEnd } from "../../charges/capture/hold.ts";
import { chargeResource } from "../../charges/resource.ts";
import { type ChargeRow, charges } from "../../charges/schema.ts";
import { refundResource } from "../resource.ts";
import { type RefundRow, refunds } from "../schema.ts";
import type { KnownOutcome } from "./ask.ts";
import type { BegunRefund } from "./begin.ts";
import { awaitingReference } from "./reference.ts";

type Refunded = Extract<KnownOutcome, { kind: "refunded" }>;

/** @param about the rows as the transaction has them, the refund not answered yet. */
export function settleRefund(
  tx: Transaction,
  context: Context,
  about: BegunRefund & { readonly outcome: KnownOutcome },
): RefundRow {
  const { charge, outcome, refund } = about;
  return outcome.kind === "refunded"
    ? accept(tx, context, { charge, outcome, refund })
    : refuse(tx, context, about);
}

function accept(
  tx: Transaction,
  context: Context,
  { charge, outcome, refund }: BegunRefund & { readonly outcome: Refunded },
): RefundRow {
  const moved = { ...refund, description: charge.description };
  const { status } = outcome;
  const accepted = tx.update(refunds, refund, {
    // Money that was only held never was in the balance.
    balance_transaction: charge.captured ? recordRefund(tx, context, moved).id : null,
    ...whatFollows(context, outcome, charge.captured),
    pending_reason: status === "pending" ? "processing" : null,
    status,
  });
  const isExpired = refund.reason === "expired_uncaptured_charge";
  tx.emit(
    eventOf(context, isExpired ? "charge.expired" : "charge.refunded", {
      before: beforeRefund(charge, refund),
      resource: chargeResource,
      row: reported(tx, charge, refund),
    }),
  );
  tx.emit(eventOf(context, "refund.created", { resource: refundResource, row: accepted }));
  return accepted;
}

/** @param hasMoved whether there is money to be found by a reference. */
function whatFollows(
  { now }: Context,
  { later, status }: Refunded,
  hasMoved: boolean,
): Pick<RefundRow, "due" | "later"> {
  if (later !== null) {
    const { afterSeconds, reason, status: becomes } = later;
    return { due: now + afterSeconds, later: { reason, status: becomes } };
  }
  return status === "succeeded" && hasMoved ? awaitingReference(now) : { due: null, later: null };
}

/** The processor will not do it: what was set aside of the charge is free again. */
function refuse(
  tx: Transaction,
  context: Context,
  { charge, outcome, refund }: BegunRefund & { readonly outcome: KnownOutcome },
): RefundRow {
  if (!charge.captured) {
    const reason = outcome.kind === "refused" ? outcome.reason : outcome.kind;
    throw new Error(`the processor would not let go of the charge ${charge.id}: ${reason}`);
  }
  tx.update(charges, charge, { amount_refunded: charge.amount_refunded - refund.amount });
  const failed = tx.update(refunds, refund, {
    due: null,
    failure_reason: "declined",
    pending_reason: null,
    status: "failed",
  });
  const about = { resource: refundResource, row: failed };
  tx.emit(eventOf(context, "refund.created", about));
  tx.emit(eventOf(context, "refund.failed", about));
  return failed;
}

/** The charge as it was before this refund. */
const beforeRefund = (charge: ChargeRow, refund: RefundRow): ChargeRow => ({
  ...charge,
  amount_refunded: charge.amount_refunded - refund.amount,
  capture_before: charge.captured ? null : holdEnd(charge.created),
});

/** Who gives money back because the charge was fraudulent has said so of the charge. */
const reported = (tx: Transaction, charge: ChargeRow, refund: RefundRow): ChargeRow =>
  refund.reason === "fraudulent" && charge.user_report !== "fraudulent"
    ? tx.update(charges, charge, { user_report: "fraudulent" })
    : charge;
