/**
 * Makes a token: the card that the vault's ingress cut out of the request is judged, sealed for this account, mode and
 * card id, and stored as bytes that this server cannot open.
 */
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { type SealedCard, sealCard } from "../cards/intake/seal.ts";
import { type CreateToken, type TokenRow, tokens } from "./schema.ts";

/**
 * @throws ApiError 400 when no card is given; 402 `invalid_number`, `incorrect_number`, `invalid_expiry_*`,
 * `invalid_cvc` when it cannot be one.
 */
export function createToken(context: Context, parameters: CreateToken): Promise<TokenRow> {
  const { card } = parameters;
  if (card === undefined) {
    throw invalidRequest(
      "You must supply either a card, customer, PII data, bank account, or account to create a token.",
      { param: "card" },
    );
  }
  const row = tokenRow(context, sealCard(context, card), {
    metadata: mergeMetadata({}, parameters.metadata),
    status: "unused",
  });
  return context.finish(async (tx) => {
    tx.insert(tokens, row);
    return row;
  });
}

/** The row that keeps a sealed card as a token; it is not stored yet. */
export function tokenRow(
  context: Context,
  card: SealedCard,
  about: Pick<TokenRow, "metadata" | "status">,
): TokenRow {
  const { accountId, livemode, ids, now } = context;
  return {
    account_id: accountId,
    address: card.address,
    brand: card.brand,
    card_id: card.id,
    client_ip: context.request.clientIp,
    country: card.country,
    created: now,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    expires_at: now + context.tokenLifetimeSeconds,
    fingerprint: card.fingerprint,
    funding: card.funding,
    has_cvc: card.cvcGiven,
    id: ids.next("tok_"),
    last4: card.last4,
    livemode,
    metadata: about.metadata,
    name: card.name,
    position: ids.position(),
    sealed: card.sealed,
    status: about.status,
    version: 1,
  };
}
