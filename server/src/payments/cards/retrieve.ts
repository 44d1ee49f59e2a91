/**
 * One card of one customer: somebody else's is unknown.
 */
import type { Scope } from "../../context.ts";
import { resourceMissing } from "../../core/errors.ts";
import { retrieve } from "../../resource.ts";
import type { Reader } from "../../store/database.ts";
import { customerResource } from "../customers/resource.ts";
import type { CustomerRow } from "../customers/schema.ts";
import { cardResource } from "./resource.ts";
import type { CardRow } from "./schema.ts";

/** @throws ApiError 404 for a customer that is unknown, or a card that is not his. */
export async function retrieveCard(
  reader: Reader,
  scope: Scope,
  at: { readonly id: string; readonly customer: string },
): Promise<{ readonly card: CardRow; readonly customer: CustomerRow }> {
  const customer = await retrieve(reader, customerResource, {
    named: { id: at.customer, in: "url", param: "customer" },
    scope,
  });
  const card = await retrieve(reader, cardResource, { named: { id: at.id, in: "url" }, scope });
  if (card.customer !== customer.id) {
    throw resourceMissing(cardResource.noun, at.id, { in: "url", param: cardResource.idParameter });
  }
  return { card, customer };
}
