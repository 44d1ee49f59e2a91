/**
 * Turns the processor's answer to a capture into the charge's state, in the caller's transaction: the row, the money in
 * the ledger, the refund of what was not captured, and the events that tell of it.
 */
import { type Context, Refusal } from "../../../context.ts";
import { eventOf } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import { insertReleased } from "../../refunds/settlement/released.ts";
import { chargeResource } from "../resource.ts";
import { type ChargeRow, charges } from "../schema.ts";
import type { KnownCapture } from "./ask-capture.ts";
import { holdIsOver } from "./capturable.ts";
import { recordCaptured } from "./captured-money.ts";
import { holdEnd } from "./hold.ts";

/** @param about the charge as the transaction has it, with the amount noted that is to be captured. */
export function settleCapture(
  tx: Transaction,
  context: Context,
  about: {
    readonly charge: ChargeRow;
    readonly homeCountry: string;
    readonly outcome: KnownCapture;
  },
): ChargeRow | Refusal {
  const { charge, homeCountry, outcome } = about;
  const before = { ...charge, amount_captured: 0, capture_before: holdEnd(charge.created) };
  if (outcome.kind === "refused") {
    const { amount_captured, capture_before } = before;
    tx.update(charges, charge, { amount_captured, capture_before });
    return new Refusal(holdIsOver(charge));
  }
  const { amount_captured: amount, behaviour } = charge;
  const rest = charge.amount - amount;
  const after = tx.update(charges, charge, {
    amount_refunded: rest,
    balance_transaction: recordCaptured(tx, context, { amount, behaviour, charge, homeCountry }).id,
    capture_before: null,
    captured: true,
  });
  tx.emit(eventOf(context, "charge.captured", { before, resource: chargeResource, row: after }));
  if (rest > 0) insertReleased(tx, context, { amount: rest, charge: after });
  return after;
}
