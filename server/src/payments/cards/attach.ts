/**
 * A customer keeps a card. His first one becomes his default.
 */
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { MetadataChange } from "../../core/parameters.ts";
import { retrieve } from "../../resource.ts";
import { lockCustomer } from "../customers/lock.ts";
import { customerResource } from "../customers/resource.ts";
import { openNewCard } from "./intake/new-card.ts";
import type { CardSource } from "./intake/parameters.ts";
import { keepVerified } from "./intake/verify.ts";
import { cardRow, insertCard, setDefault } from "./of-customer.ts";
import type { CardRow } from "./schema.ts";

/** @throws ApiError 404 for an unknown customer, 400 for a token that cannot be used, 402 for a declined card. */
export async function attachCard(
  context: Context,
  parameters: {
    readonly source?: CardSource;
    readonly card?: CardSource;
    readonly metadata?: MetadataChange;
  },
  customerId: string,
): Promise<CardRow> {
  const param = parameters.source === undefined ? "card" : "source";
  const source = parameters.source ?? parameters.card;
  if (source === undefined) {
    throw invalidRequest("Missing required param: source.", {
      code: "parameter_missing",
      param: "source",
    });
  }
  const named = { id: customerId, in: "url" } as const;
  // Before the card is judged: whose card it would be is asked first.
  await retrieve(context.database.committed, customerResource, { named, scope: context });
  const card = openNewCard(context, source, param);
  return keepVerified(context, card, {
    keep: async (tx, verified) => {
      const customer = await retrieve(tx, customerResource, { named, scope: context });
      const metadata = mergeMetadata(card.metadata, parameters.metadata);
      const row = cardRow(context, verified, { customer: customer.id, metadata });
      insertCard(tx, context, row);
      if (customer.default_source === null) setDefault(tx, context, { card: row.id, customer });
      return row;
    },
    lock: (tx) => lockCustomer(tx, context, customerId),
  });
}
