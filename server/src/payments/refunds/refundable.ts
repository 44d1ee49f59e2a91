/**
 * The arithmetic of refunds: all of a charge's refunds together never exceed it, and what was only held is let go as a
 * whole.
 */
import { type ApiError, invalidRequest, lockTimeout } from "../../core/errors.ts";
import { formatAmount } from "../../core/money.ts";
import type { ChargeRow } from "../charges/schema.ts";

/**
 * @param given minor units; undefined for all that is left.
 * @returns minor units to refund.
 * @throws ApiError 400 in Stripe's words when the charge cannot be refunded, or not by so much; 429 while it is being
 * captured.
 */
export function refundAmount(charge: ChargeRow, given: number | undefined): number {
  requireRefundable(charge);
  const left = charge.amount - charge.amount_refunded;
  const amount = given ?? left;
  if (amount > left) throw tooLarge(charge, amount, left);
  if (!charge.captured && amount < charge.amount) {
    throw refused(
      "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount",
      { param: "amount" },
    );
  }
  return amount;
}

function requireRefundable(charge: ChargeRow): void {
  const { id } = charge;
  if (charge.status !== "succeeded") {
    throw refused(`Charge ${id} is ${charge.status}, so there is nothing to refund.`);
  }
  if (charge.disputed) {
    throw refused(`Charge ${id} has been charged back; cannot issue a refund.`, {
      code: "charge_disputed",
    });
  }
  if (charge.amount_refunded >= charge.amount) {
    throw refused(`Charge ${id} has already been refunded.`, { code: "charge_already_refunded" });
  }
  // Another request has asked the processor to capture it and waits for the answer.
  if (!charge.captured && charge.amount_captured > 0) throw lockTimeout(undefined);
}

function tooLarge(charge: ChargeRow, amount: number, left: number): ApiError {
  const { currency } = charge;
  const limit =
    left === charge.amount
      ? `charge amount (${formatAmount(left, currency)})`
      : `unrefunded amount on charge (${formatAmount(left, currency)})`;
  return refused(`Refund amount (${formatAmount(amount, currency)}) is greater than ${limit}`, {
    param: "amount",
  });
}

const refused = (
  message: string,
  about: { readonly code?: string; readonly param?: string } = {},
): ApiError => invalidRequest(message, { ...about, isExecuted: true });
