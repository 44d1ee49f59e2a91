/**
 * An authorization as the simulator's wire wants it, with the card still missing: the vault fills the slots in.
 */
import { type CardToSend, cardSlots, type EgressRequest } from "@istripe/vault";
import type { Authorization } from "../processor.ts";

/** Acquirers compare the beginning of an address only. */
const addressCharactersMax = 200;

/** @throws Error in live mode. */
export function cardRequest(authorization: Authorization): {
  card: CardToSend;
  request: EgressRequest;
} {
  refuseLivemode(authorization.livemode);
  const { reference, amount, currency, capture, cvcGiven } = authorization;
  const card = {
    number: cardSlots.number,
    exp_month: authorization.expMonth,
    exp_year: authorization.expYear,
    cvc: cvcGiven ? cardSlots.cvc : null,
    cvc_state: cvcGiven ? "given" : null,
    address_line1: cut(authorization.addressLine1),
    address_zip: cut(authorization.addressZip),
  };
  return {
    card: cardOf(authorization),
    request: {
      method: "POST",
      path: "/authorizations",
      body: { reference, amount, currency, capture, card },
    },
  };
}

const cut = (text: string | null): string | null => text?.slice(0, addressCharactersMax) ?? null;

/** How the vault finds the card. */
export function cardOf(of: Pick<Authorization, "accountId" | "livemode" | "card">): CardToSend {
  const { card, accountId, livemode } = of;
  return card.kind === "handle"
    ? { handle: card.handle }
    : { sealed: card.sealed, binding: { accountId, livemode, reference: card.cardId } };
}

/** @throws Error in live mode: what stands in for a processor moves no live money. */
export function refuseLivemode(livemode: boolean): void {
  if (livemode) throw new Error("The simulator never stands in for a processor in live mode.");
}
