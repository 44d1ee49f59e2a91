/**
 * An authorization as the simulator's wire wants it, with the card still missing: the vault fills the placeholders in,
 * and no text of a user can read like one.
 */
import type { CardToSend, EgressRequest } from "@istripe/vault";
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
  const terms = JSON.stringify({ reference, amount, currency, capture });
  const cvc = cvcGiven ? '"{{card.cvc}}","cvc_state":"given"' : "null";
  const expiry = `"exp_month":${authorization.expMonth},"exp_year":${authorization.expYear}`;
  const line1 = userText(authorization.addressLine1);
  const address = `"address_line1":${line1},"address_zip":${userText(authorization.addressZip)}`;
  const card = `{"number":"{{card.number}}",${expiry},"cvc":${cvc},${address}}`;
  const body = `${terms.slice(0, -1)},"card":${card}}`;
  return {
    card: cardOf(authorization),
    request: { method: "POST", path: "/authorizations", body },
  };
}

/**
 * What a user wrote, as JSON in which no placeholder can be read: an address that spells `{{card.number}}` stays an
 * address.
 */
function userText(text: string | null): string {
  if (text === null) return "null";
  return JSON.stringify(text.slice(0, addressCharactersMax)).replaceAll("{", "\\u007b");
}

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
