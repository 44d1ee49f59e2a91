/**
 * Makes a customer. Everything about one is optional.
 */
import type { Context } from "../../context.ts";
import { eventOf } from "../../resource.ts";
import { changesOf } from "./changes.ts";
import { requireFreePrefix } from "./invoice-prefix.ts";
import { customerResource } from "./resource.ts";
import { type CreateCustomer, type CustomerRow, customers } from "./schema.ts";

/** @throws ApiError 400 for an invoice prefix that is taken or cannot be one. */
export async function createCustomer(
  context: Context,
  parameters: CreateCustomer,
): Promise<CustomerRow> {
  const blank = blankCustomer(context);
  const customer: CustomerRow = { ...blank, ...changesOf(blank, parameters) };
  return context.finish(async (tx) => {
    await requireFreePrefix(tx, context, { customer, given: parameters.invoice_prefix });
    tx.insert(customers, customer);
    tx.emit(eventOf(context, "customer.created", { resource: customerResource, row: customer }));
    return customer;
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
