/**
 * Which charges can be captured, and how much of them: once, within the time of the hold, and no more than is held.
 */
import { type ApiError, invalidRequest, lockTimeout } from "../../../core/errors.ts";
import { checkAmount } from "../create/amount.ts";
import type { ChargeRow } from "../schema.ts";
import { holdEnd } from "./hold.ts";

/**
 * @param given minor units; undefined for all that is held.
 * @param now Unix seconds of the business clock.
 * @returns minor units to capture.
 * @throws ApiError 400 in Stripe's words when the charge cannot be captured, or not so; 429 while another request
 * captures it.
 */
export function captureAmount(charge: ChargeRow, given: number | undefined, now: number): number {
  requireCapturable(charge, now);
  const amount = given ?? charge.amount;
  if (amount > charge.amount) {
    throw refused(
      "The payment could not be captured because the requested capture amount is greater than the authorized amount. If you are trying to collect a tip or over-capture, your account might not be configured for those features. Contact us via https://support.stripe.com/contact/",
      { code: "amount_too_large", param: "amount" },
    );
  }
  checkAmount(amount, charge.currency);
  return amount;
}

function requireCapturable(charge: ChargeRow, now: number): void {
  const { id, status } = charge;
  if (status !== "succeeded") {
    throw refused(`Charge ${id} is ${status}, so there is nothing to capture.`);
  }
  if (charge.captured) {
    throw refused(`Charge ${id} has already been captured.`, { code: "charge_already_captured" });
  }
  if (isCapturing(charge)) throw lockTimeout(undefined);
  if (now >= holdEnd(charge.created)) throw holdIsOver(charge);
  if (charge.amount_refunded > 0) {
    throw refused(`Charge ${id} has already been refunded.`, { code: "charge_already_refunded" });
  }
}

/** Whether the processor was asked to capture it, and its answer is still waited for. */
export const isCapturing = (charge: ChargeRow): boolean =>
  !charge.captured && charge.amount_captured > 0;

/** Nobody holds the charge's money any more. */
export const holdIsOver = ({ id }: ChargeRow): ApiError =>
  refused(`Charge ${id} can no longer be captured: its money is not held any more.`, {
    code: "charge_expired_for_capture",
  });

const refused = (
  message: string,
  about: { readonly code?: string; readonly param?: string } = {},
): ApiError => invalidRequest(message, { ...about, isExecuted: true });
