/**
 * Changes a customer. Many may change one at once: they take turns, so that each sees what the one before left.
 */
import type { Context } from "../../context.ts";
import { changeRow, retrieve } from "../../resource.ts";
import { changesOf } from "./changes.ts";
import { requireFreePrefix } from "./invoice-prefix.ts";
import { lockCustomer } from "./lock.ts";
import { customerResource } from "./resource.ts";
import type { CustomerRow, UpdateCustomer } from "./schema.ts";

/** @throws ApiError 404 for a customer that is unknown or deleted, 400 for impossible parameters. */
export function updateCustomer(
  context: Context,
  parameters: UpdateCustomer,
  id: string,
): Promise<CustomerRow> {
  return context.finish(async (tx) => {
    await lockCustomer(tx, context, id);
    const named = { id, in: "url" } as const;
    const customer = await retrieve(tx, customerResource, { named, scope: context });
    await requireFreePrefix(tx, context, { customer, given: parameters.invoice_prefix });
    return changeRow(tx, context, {
      changes: changesOf(customer, parameters),
      event: "customer.updated",
      resource: customerResource,
      row: customer,
    });
  });
}
