/**
 * What the cardholder is told of a decline, and what the merchant is: Stripe's codes and sentences for the issuer's
 * reasons. A lost or stolen card is never named to the cardholder.
 */

/** The answer's parts that follow from the issuer's reason alone. */
export interface DeclineWords {
  readonly code: string;
  readonly message: string;
  readonly declineCode?: string;
  /** The card field that the cardholder may have mistyped. */
  readonly param?: string;
}

const declined = "Your card was declined.";

const words: Readonly<Record<string, Omit<DeclineWords, "declineCode">>> = {
  authentication_required: {
    code: "authentication_required",
    message: "Your card was declined. This transaction requires authentication.",
  },
  card_not_supported: {
    code: "card_declined",
    message: "Your card does not support this type of purchase.",
  },
  card_velocity_exceeded: {
    code: "card_declined",
    message:
      "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
  },
  expired_card: { code: "expired_card", message: "Your card has expired.", param: "exp_month" },
  incorrect_cvc: {
    code: "incorrect_cvc",
    message: "Your card's security code is incorrect.",
    param: "cvc",
  },
  incorrect_zip: {
    code: "incorrect_zip",
    message:
      "Your card could not be authorized using the postal code provided. Please update the postal code, or contact your card issuer for further details.",
    param: "address_zip",
  },
  insufficient_funds: { code: "card_declined", message: "Your card has insufficient funds." },
  live_mode_test_card: {
    code: "card_declined",
    message: "Your card was declined. Your request was in live mode, but used a known test card.",
  },
  processing_error: {
    code: "processing_error",
    message: "An error occurred while processing your card. Try again in a little bit.",
  },
  test_mode_live_card: {
    code: "card_declined",
    message:
      "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
  },
};

/** @param reason the issuer's decline reason, one of Stripe's decline codes. */
export function declineWords(reason: string): DeclineWords {
  const found = words[reason] ?? { code: "card_declined", message: declined };
  return { ...found, declineCode: reason };
}
