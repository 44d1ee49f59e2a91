/**
 * Changes a customer. Many may change one at once: they take turns, so that each sees what the one before left. A new
 * source takes the place of the default one, which is destroyed.
 */
import type { Context } from "../../context.ts";
import { resourceMissing } from "../../core/errors.ts";
import { changeRow, retrieve } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { openNewCard } from "../cards/intake/new-card.ts";
import { keepVerified } from "../cards/intake/verify.ts";
import { cardRow, cardsOfCustomer, insertCard, removeCard } from "../cards/of-customer.ts";
import { changesOf } from "./changes.ts";
import { requireFreePrefix } from "./invoice-prefix.ts";
import { lockCustomer } from "./lock.ts";
import { customerResource } from "./resource.ts";
import type { CustomerRow, UpdateCustomer } from "./schema.ts";

/**
 * @throws ApiError 404 for a customer that is unknown or deleted, 400 for impossible parameters, 402 for a card that is
 * declined, and then nothing is changed.
 */
export async function updateCustomer(
  context: Context,
  parameters: UpdateCustomer,
  id: string,
): Promise<CustomerRow> {
  const lock = (tx: Transaction): Promise<void> => lockCustomer(tx, context, id);
  const source = parameters.source ?? parameters.card;
  if (source === undefined) {
    return context.finish(async (tx) => {
      await lock(tx);
      return change(tx, context, { customer: await found(tx, context, id), parameters });
    });
  }
  await found(context.database.committed, context, id);
  const param = parameters.source === undefined ? "card" : "source";
  const newCard = openNewCard(context, source, param);
  return keepVerified(context, newCard, {
    keep: async (tx, verified) => {
      const customer = await found(tx, context, id);
      const owned = await cardsOfCustomer(tx, context, id);
      const card = cardRow(context, verified, { customer: id, metadata: newCard.metadata });
      insertCard(tx, context, card);
      const replaced = owned.find((each) => each.id === customer.default_source);
      if (replaced !== undefined) removeCard(tx, context, replaced);
      return change(tx, context, { customer, defaultSource: card.id, parameters });
    },
    lock,
  });
}

const found = (
  reader: Parameters<typeof retrieve>[0],
  context: Context,
  id: string,
): Promise<CustomerRow> =>
  retrieve(reader, customerResource, { named: { id, in: "url" }, scope: context });

async function change(
  tx: Transaction,
  context: Context,
  about: {
    readonly customer: CustomerRow;
    readonly parameters: UpdateCustomer;
    /** The card that the update itself brought. */
    readonly defaultSource?: string;
  },
): Promise<CustomerRow> {
  const { customer, parameters } = about;
  await requireFreePrefix(tx, context, { customer, given: parameters.invoice_prefix });
  const chosen = about.defaultSource ?? (await chosenDefault(tx, context, about));
  return changeRow(tx, context, {
    changes: {
      ...changesOf(customer, parameters),
      ...(chosen === undefined ? {} : { default_source: chosen }),
    },
    event: "customer.updated",
    resource: customerResource,
    row: customer,
  });
}

/** @throws ApiError 400 for a card that is not the customer's. */
async function chosenDefault(
  tx: Transaction,
  context: Context,
  about: { readonly customer: CustomerRow; readonly parameters: UpdateCustomer },
): Promise<string | undefined> {
  const { default_source: source, default_card: card } = about.parameters;
  const id = source ?? card;
  if (id === undefined) return undefined;
  const owned = await cardsOfCustomer(tx, context, about.customer.id);
  if (owned.some((each) => each.id === id)) return id;
  const param = source === undefined ? "default_card" : "default_source";
  throw resourceMissing("source", id, { in: "parameter", param });
}
