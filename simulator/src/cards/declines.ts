/**
 * The test cards that the issuer declines. A token can be made of each; attaching it to a customer fails as a charge
 * does, save for the one that is made to fail only when it pays.
 */
import { cardDeclined, decline, fails, failsToPay, type Row, refusedAs } from "./card.ts";

export const declinedCards: readonly Row[] = [
  [
    "4000000000000002",
    "visa_chargeDeclined chargeDeclined",
    "declined without a reason",
    decline("generic_decline"),
    fails(cardDeclined("generic_decline")),
  ],
  [
    "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds chargeDeclinedInsufficientFunds",
    "insufficient funds",
    decline("insufficient_funds"),
    fails(cardDeclined("insufficient_funds")),
  ],
  [
    "4000000000009987",
    "visa_chargeDeclinedLostCard chargeDeclinedLostCard",
    "reported lost",
    decline("lost_card"),
    fails(cardDeclined("lost_card")),
  ],
  [
    "4000000000009979",
    "visa_chargeDeclinedStolenCard chargeDeclinedStolenCard",
    "reported stolen",
    decline("stolen_card"),
    fails(cardDeclined("stolen_card")),
  ],
  [
    "4000000000000069",
    "chargeDeclinedExpiredCard visa_chargeDeclinedExpiredCard",
    "expired at the issuer",
    decline("expired_card"),
    fails(refusedAs("expired_card", "exp_month")),
  ],
  [
    "4000000000000127",
    "chargeDeclinedIncorrectCvc visa_chargeDeclinedIncorrectCvc",
    "declined for its CVC, when one is given",
    decline("incorrect_cvc", { onlyWithCvc: true }),
    fails(refusedAs("incorrect_cvc", "cvc", { when: "cvc_given" })),
  ],
  [
    "4000000000000119",
    "chargeDeclinedProcessingError visa_chargeDeclinedProcessingError",
    "processing error",
    decline("processing_error"),
    fails(refusedAs("processing_error", null)),
  ],
  [
    "4000000000006975",
    "visa_chargeDeclinedVelocityLimitExceeded chargeDeclinedVelocityLimitExceeded",
    "used too often",
    decline("card_velocity_exceeded"),
    fails(cardDeclined("card_velocity_exceeded")),
  ],
  [
    "4000000000000341",
    "chargeCustomerFail",
    "attaches to a customer, then every charge is declined",
    decline("generic_decline", { onlyPayments: true }),
    failsToPay(cardDeclined("generic_decline")),
  ],
];
