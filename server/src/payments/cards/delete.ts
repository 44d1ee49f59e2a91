/**
 * A customer gives up a card: it is destroyed in the commit that answers, and where it was the default, the newest of
 * the others takes its place.
 */
import type { Context } from "../../context.ts";
import { lockCustomer } from "../customers/lock.ts";
import { cardsOfCustomer, removeCard, setDefault } from "./of-customer.ts";
import { retrieveCard } from "./retrieve.ts";

/** What is answered for a deleted card. */
export interface DeletedCard {
  readonly id: string;
  readonly object: "card";
  readonly deleted: true;
}

/** @throws ApiError 404 for a card or customer that is unknown. */
export async function deleteCard(
  context: Context,
  at: { readonly id: string; readonly customer: string },
): Promise<DeletedCard> {
  await context.finish(async (tx) => {
    await lockCustomer(tx, context, at.customer);
    const { card, customer } = await retrieveCard(tx, context, at);
    removeCard(tx, context, card);
    if (customer.default_source === card.id) {
      const others = await cardsOfCustomer(tx, context, customer.id);
      setDefault(tx, context, { card: others[0]?.id ?? null, customer });
    }
    return card;
  });
  return { deleted: true, id: at.id, object: "card" };
}
