/**
 * How much may be charged or captured, in Stripe's words where Stripe has them.
 */
import { invalidRequest } from "../../../core/errors.ts";
import {
  formatAmount,
  maximumCharge,
  minimumChargeOf,
  smallestStepOf,
} from "../../../core/money.ts";

/** @param amount minor units. @throws ApiError 400 `amount_too_small`, `amount_too_large`, or for a broken unit. */
export function checkAmount(amount: number, currency: string): void {
  const minimum = minimumChargeOf(currency);
  if (amount < minimum) {
    throw invalidRequest(`Amount must be at least ${formatAmount(minimum, currency)} ${currency}`, {
      code: "amount_too_small",
      param: "amount",
    });
  }
  if (amount > maximumCharge) {
    throw invalidRequest(`Amount must be no more than ${formatAmount(maximumCharge, currency)}`, {
      code: "amount_too_large",
      param: "amount",
    });
  }
  const step = smallestStepOf(currency);
  if (amount % step !== 0) {
    throw invalidRequest(
      `Amount must be a multiple of ${step} in ${currency}, which has no smaller unit that can be charged.`,
      { code: "parameter_invalid_integer", param: "amount" },
    );
  }
}
