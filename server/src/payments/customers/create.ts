/**
 * Makes a customer, with a card where one is given. Everything about a customer is optional.
 */
import type { Context } from "../../context.ts";
import { eventOf } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { openNewCard } from "../cards/intake/new-card.ts";
import { keepVerified } from "../cards/intake/verify.ts";
import { cardRow, insertCard } from "../cards/of-customer.ts";
import { changesOf } from "./changes.ts";
import { requireFreePrefix } from "./invoice-prefix.ts";
import { customerResource } from "./resource.ts";
import { type CreateCustomer, type CustomerRow, customers } from "./schema.ts";

/**
 * @throws ApiError 400 for an invoice prefix that is taken or cannot be one, or a token that cannot be used; 402 for a
 * card that is declined, and then there is no customer either.
 */
export async function createCustomer(
  context: Context,
  parameters: CreateCustomer,
): Promise<CustomerRow> {
  const blank = blankCustomer(context);
  const customer: CustomerRow = { ...blank, ...changesOf(blank, parameters) };
  const insert = async (tx: Transaction, row: CustomerRow): Promise<CustomerRow> => {
    await requireFreePrefix(tx, context, { customer: row, given: parameters.invoice_prefix });
    tx.insert(customers, row);
    tx.emit(eventOf(context, "customer.created", { resource: customerResource, row }));
    return row;
  };
  if (parameters.source === undefined) return context.finish((tx) => insert(tx, customer));
  const newCard = openNewCard(context, parameters.source, "source");
  return keepVerified(context, newCard, {
    keep: async (tx, verified) => {
      const card = cardRow(context, verified, {
        customer: customer.id,
        metadata: newCard.metadata,
      });
      const row = await insert(tx, { ...customer, default_source: card.id });
      insertCard(tx, context, card);
      return row;
    },
    // Nobody else knows the customer yet.
    lock: async () => {},
  });
}

/** A customer of whom nothing is known. */
const blankCustomer = ({ accountId, ids, livemode, now }: Context): CustomerRow => ({
  account_id: accountId,
  address: null,
  balance: 0,
  business_name: null,
  created: now,
  default_source: null,
  deleted: false,
  description: null,
  email: null,
  id: ids.next("cus_"),
  individual_name: null,
  invoice_prefix: ids.secret(prefixLength).toUpperCase(),
  invoice_settings: {},
  livemode,
  metadata: {},
  name: null,
  next_invoice_sequence: 1,
  phone: null,
  position: ids.position(),
  preferred_locales: [],
  shipping: null,
  tax_exempt: "none",
  version: 1,
});

const prefixLength = 8;
