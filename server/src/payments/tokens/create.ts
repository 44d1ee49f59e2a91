/**
 * Makes a token: the card that the vault's ingress cut out of the request is judged, sealed for this account, mode and
 * card id, and stored as bytes that this server cannot open.
 */
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { CardHash } from "../cards/parameters.ts";
import { sealCard } from "../cards/seal.ts";
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
  const row = tokenRow(context, card, mergeMetadata({}, parameters.metadata));
  return context.finish(async (tx) => {
    tx.insert(tokens, row);
    return row;
  });
}

function tokenRow(context: Context, card: CardHash, metadata: Record<string, string>): TokenRow {
  const { accountId, livemode, ids, now } = context;
  const sealed = sealCard(context, card);
  return {
    account_id: accountId,
    address: sealed.address,
    brand: sealed.brand,
    card_id: sealed.id,
    client_ip: context.request.clientIp,
    country: sealed.country,
    created: now,
    exp_month: sealed.expMonth,
    exp_year: sealed.expYear,
    expires_at: now + context.tokenLifetimeSeconds,
    fingerprint: sealed.fingerprint,
    funding: sealed.funding,
    has_cvc: sealed.cvcGiven,
    id: ids.next("tok_"),
    last4: sealed.last4,
    livemode,
    metadata,
    name: sealed.name,
    position: ids.position(),
    sealed: sealed.sealed,
    status: "unused",
    version: 1,
  };
}
