/**
 * From a card in a request to a sealed one: judged, then sealed for this account, mode and card id, so that what is
 * stored are bytes that this server cannot open and that open nowhere else.
 */
import type { CardHandle } from "@istripe/vault";
import type { Context } from "../../../context.ts";
import { cardError } from "../../../core/errors.ts";
import type { CardAddress } from "../schema.ts";
import { cardAddress } from "./address.ts";
import { readExpiry } from "./expiry.ts";
import type { CardHash } from "./parameters.ts";

export interface SealedCard {
  readonly id: string;
  readonly brand: string;
  readonly network: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly fingerprint: string;
  readonly funding: string;
  readonly country: string | null;
  readonly name: string | null;
  readonly address: CardAddress | null;
  readonly cvcGiven: boolean;
  readonly sealed: Uint8Array;
}

/** @throws ApiError 402 `invalid_number`, `incorrect_number`, `invalid_expiry_*`, `invalid_cvc` when it cannot be one. */
export function sealCard(context: Context, card: CardHash): SealedCard {
  const facts = checkedFacts(context, card.number);
  const expiry = readExpiry(card.exp_month, card.exp_year, context.now);
  if (facts.cvc === "invalid") {
    throw cardError("Your card's security code is invalid.", { code: "invalid_cvc", param: "cvc" });
  }
  return {
    ...sealed(context, card.number),
    address: cardAddress(null, card),
    expMonth: expiry.month,
    expYear: expiry.year,
    name: card.name ?? null,
  };
}

/** What is known of a card by its number alone, sealed under an id of its own. */
export function sealed(
  context: Context,
  handle: CardHandle,
): Omit<SealedCard, "address" | "expMonth" | "expYear" | "name"> {
  const { accountId, livemode, ids, vault } = context;
  const facts = vault.ingress.inspect(handle);
  const id = ids.next("card_");
  const { blob, fingerprint } = vault.seal(handle, { accountId, livemode, reference: id });
  return {
    brand: facts.brand,
    country: facts.country,
    cvcGiven: facts.cvc === "valid",
    fingerprint,
    funding: facts.funding,
    id,
    last4: facts.last4,
    network: facts.network,
    sealed: blob,
  };
}

function checkedFacts(context: Context, card: CardHandle) {
  const facts = context.vault.ingress.inspect(card);
  if (facts.number === "invalid_number") {
    throw cardError("The card number is not a valid credit card number.", {
      code: "invalid_number",
      param: "number",
    });
  }
  if (facts.number === "incorrect_number") {
    throw cardError("Your card number is incorrect.", {
      code: "incorrect_number",
      param: "number",
    });
  }
  return facts;
}
