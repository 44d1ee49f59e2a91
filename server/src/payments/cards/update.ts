/**
 * Changes what a customer's card says besides its number.
 */
import type { Context } from "../../context.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { MetadataChange } from "../../core/parameters.ts";
import { changeRow } from "../../resource.ts";
import { lockCustomer } from "../customers/lock.ts";
import { cardAddress } from "./intake/address.ts";
import { type Expiry, readExpiry } from "./intake/expiry.ts";
import type { CardChanges } from "./intake/parameters.ts";
import { cardResource } from "./resource.ts";
import { retrieveCard } from "./retrieve.ts";
import type { CardRow } from "./schema.ts";

/** @throws ApiError 404 for a card or customer that is unknown, 402 for an impossible expiry. */
export function updateCard(
  context: Context,
  parameters: CardChanges & { readonly metadata?: MetadataChange },
  at: { readonly id: string; readonly customer: string },
): Promise<CardRow> {
  return context.finish(async (tx) => {
    await lockCustomer(tx, context, at.customer);
    const { card } = await retrieveCard(tx, context, at);
    const expiry = readExpiry(
      parameters.exp_month ?? String(card.exp_month),
      parameters.exp_year ?? String(card.exp_year),
      context.now,
    );
    return changeRow(tx, context, {
      changes: {
        address: cardAddress(card.address, parameters),
        exp_month: expiry.month,
        exp_year: expiry.year,
        expiry_told: card.expiry_told && isSame(expiry, card),
        metadata: mergeMetadata(card.metadata, parameters.metadata),
        ...(parameters.name === undefined ? {} : { name: parameters.name }),
      },
      event: "customer.source.updated",
      resource: cardResource,
      row: card,
    });
  });
}

/** A card that was given more time may be told of again. */
const isSame = (expiry: Expiry, card: CardRow): boolean =>
  expiry.month === card.exp_month && expiry.year === card.exp_year;
