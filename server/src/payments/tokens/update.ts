/**
 * Changes what a token says about its card besides the number: expiry, name, billing address, metadata. This and
 * deletion are iStripe's own: Stripe's tokens cannot be changed.
 */
import type { Context } from "../../context.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { retrieve } from "../../resource.ts";
import { cardAddress } from "../cards/intake/address.ts";
import { readExpiry } from "../cards/intake/expiry.ts";
import { type TokenRow, tokenResource, tokens, type UpdateToken } from "./schema.ts";
import { requireUnused } from "./state.ts";

/** @throws ApiError 404 for an unknown token, 400 for one that is used or expired, 402 for an impossible expiry. */
export function updateToken(
  context: Context,
  parameters: UpdateToken,
  id: string,
): Promise<TokenRow> {
  return context.finish(async (tx) => {
    const token = await retrieve(tx, tokenResource, { named: { id, in: "url" }, scope: context });
    requireUnused(token, context.now);
    return tx.update(tokens, token, changesOf(token, parameters, context.now));
  });
}

function changesOf(token: TokenRow, parameters: UpdateToken, now: number): Partial<TokenRow> {
  const { card = {} } = parameters;
  const expiry = readExpiry(
    card.exp_month ?? String(token.exp_month),
    card.exp_year ?? String(token.exp_year),
    now,
  );
  return {
    address: cardAddress(token.address, card),
    exp_month: expiry.month,
    exp_year: expiry.year,
    metadata: mergeMetadata(token.metadata, parameters.metadata),
    name: card.name === undefined ? token.name : card.name,
  };
}
