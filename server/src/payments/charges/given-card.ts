/**
 * A card that a request brings itself, as it pays for a charge. It is sealed before the transaction. Where the processor
 * is asked after a commit, what is sealed has to outlast a crash: it is kept as a token that is used already, and
 * destroyed as every used token's card is.
 */
import type { Context } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";
import type { SealedCard } from "../cards/seal.ts";
import { tokens } from "../tokens/schema.ts";
import type { ChargedCard } from "./charged-card.ts";

export interface GivenSource {
  readonly kind: "fields";
  readonly card: SealedCard;
}

export const givenCard = (
  tx: Transaction,
  context: Context,
  { card, keepsSealed }: { readonly card: SealedCard; readonly keepsSealed: boolean },
): ChargedCard => ({
  address: card.address,
  brand: card.brand,
  country: card.country,
  customer: null,
  cvcGiven: card.cvcGiven,
  expMonth: card.expMonth,
  expYear: card.expYear,
  fingerprint: card.fingerprint,
  funding: card.funding,
  id: card.id,
  last4: card.last4,
  name: card.name,
  network: card.network,
  reach: { cardId: card.id, kind: "sealed", sealed: card.sealed },
  token: keepsSealed ? insertUsedToken(tx, context, card) : null,
});

function insertUsedToken(tx: Transaction, context: Context, card: SealedCard): string {
  const id = context.ids.next("tok_");
  tx.insert(tokens, {
    account_id: context.accountId,
    address: card.address,
    brand: card.brand,
    card_id: card.id,
    client_ip: context.request.clientIp,
    country: card.country,
    created: context.now,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    expires_at: context.now + context.tokenLifetimeSeconds,
    fingerprint: card.fingerprint,
    funding: card.funding,
    has_cvc: card.cvcGiven,
    id,
    last4: card.last4,
    livemode: context.livemode,
    metadata: {},
    name: card.name,
    position: context.ids.position(),
    sealed: card.sealed,
    status: "used",
    version: 1,
  });
  return id;
}
