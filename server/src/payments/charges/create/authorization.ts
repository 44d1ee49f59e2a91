/**
 * How a charge is put to its processor, and what is said when the processor does not answer.
 */
import { ApiError } from "../../../core/errors.ts";
import type { Authorization, Outcome } from "../../../processors/processor.ts";
import type { ChargeRow } from "../schema.ts";
import type { ChargedCard } from "./charged-card.ts";

/** What the processor is asked; the charge's id is the reference under which it is never done twice. */
export function authorizationOf(charge: ChargeRow, card: ChargedCard): Authorization {
  return {
    accountId: charge.account_id,
    addressLine1: charge.billing_address?.line1 ?? null,
    addressZip: charge.billing_address?.zip ?? null,
    amount: charge.amount,
    // Money that is only held says until when.
    capture: charge.capture_before === null,
    card: card.reach,
    currency: charge.currency,
    cvcGiven: card.cvcGiven,
    expMonth: charge.card_exp_month,
    expYear: charge.card_exp_year,
    livemode: charge.livemode,
    reference: charge.id,
  };
}

/** What the processor said, or the account's rules made of it. */
export type KnownOutcome = Exclude<Outcome, { kind: "unknown" }>;

/** Whether the charge went through is not known; the same idempotency key will tell. */
export const outcomeUnknown = (cause: string): ApiError =>
  new ApiError(500, "api_error", {
    cause,
    message:
      "The card processor did not answer, so it is not known whether the charge went through. Retry with the same idempotency key: it asks again and never charges twice.",
    shouldRetry: true,
  });
