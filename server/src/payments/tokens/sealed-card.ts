/**
 * The card that a token holds, as it can be charged or moved to a customer.
 */
import type { SealedCard } from "../cards/intake/seal.ts";
import type { TokenRow } from "./schema.ts";

/** @throws Error when the token has lost its card, which an unused one and a pending charge's never have. */
export function sealedCardOf(token: TokenRow): SealedCard {
  if (token.sealed === null) throw new Error(`the token ${token.id} has no card any more`);
  return {
    address: token.address,
    brand: token.brand,
    country: token.country,
    cvcGiven: token.has_cvc,
    expMonth: token.exp_month,
    expYear: token.exp_year,
    fingerprint: token.fingerprint,
    funding: token.funding,
    id: token.card_id,
    last4: token.last4,
    name: token.name,
    network: token.brand,
    sealed: token.sealed,
  };
}
