/**
 * Makes a token: the card that the vault's ingress cut out of the request is judged, sealed for this account, mode and
 * card id, and stored as bytes that this server cannot open.
 */
import type { CardHandle } from "@istripe/vault";
import type { Context } from "../../context.ts";
import { cardError, invalidRequest } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { readExpiry } from "../cards/expiry.ts";
import type { CardAddress } from "../cards/schema.ts";
import { type CreateToken, type TokenRow, tokens } from "./schema.ts";

type CardParameters = NonNullable<CreateToken["card"]>;

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

function tokenRow(
  context: Context,
  card: CardParameters,
  metadata: Record<string, string>,
): TokenRow {
  const { accountId, livemode, ids, now, vault } = context;
  const facts = checkedFacts(context, card.number);
  const expiry = readExpiry(card.exp_month, card.exp_year, now);
  if (facts.cvc === "invalid") {
    throw cardError("Your card's security code is invalid.", { code: "invalid_cvc", param: "cvc" });
  }
  const cardId = ids.next("card_");
  const { blob, fingerprint } = vault.seal(card.number, { accountId, livemode, reference: cardId });
  return {
    account_id: accountId,
    address: addressOf(card),
    brand: facts.brand,
    card_id: cardId,
    client_ip: context.request.clientIp,
    country: facts.country,
    created: now,
    exp_month: expiry.month,
    exp_year: expiry.year,
    expires_at: now + context.tokenLifetimeSeconds,
    fingerprint,
    funding: facts.funding,
    has_cvc: facts.cvc === "valid",
    id: ids.next("tok_"),
    last4: facts.last4,
    livemode,
    metadata,
    name: card.name ?? null,
    position: ids.position(),
    sealed: blob,
    status: "unused",
    version: 1,
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

function addressOf(card: CardParameters): CardAddress | null {
  const address = {
    city: card.address_city ?? null,
    country: card.address_country ?? null,
    line1: card.address_line1 ?? null,
    line2: card.address_line2 ?? null,
    state: card.address_state ?? null,
    zip: card.address_zip ?? null,
  };
  return Object.values(address).some((value) => value !== null) ? address : null;
}
