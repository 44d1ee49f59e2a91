/**
 * Deletes a customer and destroys its cards in the same commit: what is left is an id by which charges and events still
 * name it.
 */
import type { Context } from "../../context.ts";
import { eventOf, retrieve } from "../../resource.ts";
import { forgetCards } from "../cards/of-customer.ts";
import { lockCustomer } from "./lock.ts";
import { customerResource } from "./resource.ts";
import { type CustomerRow, customers } from "./schema.ts";

/** What is answered for a deleted customer. */
export interface DeletedCustomer {
  readonly id: string;
  readonly object: "customer";
  readonly deleted: true;
}

/** @throws ApiError 404 for a customer that is unknown or deleted already. */
export async function deleteCustomer(context: Context, id: string): Promise<DeletedCustomer> {
  await context.finish(async (tx) => {
    await lockCustomer(tx, context, id);
    const named = { id, in: "url" } as const;
    const customer = await retrieve(tx, customerResource, { named, scope: context });
    // The event shows the customer as it was, the last time that anything does.
    await forgetCards(tx, context, id);
    tx.emit(eventOf(context, "customer.deleted", { resource: customerResource, row: customer }));
    return tx.update(customers, customer, { ...forgotten, deleted: true });
  });
  return { deleted: true, id, object: "customer" };
}

/** Everything that tells who it was. */
const forgotten: Partial<CustomerRow> = {
  address: null,
  business_name: null,
  default_source: null,
  description: null,
  email: null,
  individual_name: null,
  invoice_settings: {},
  metadata: {},
  name: null,
  phone: null,
  preferred_locales: [],
  shipping: null,
};
