/**
 * A customer's invoice prefix is his alone in an account and mode: invoice numbers begin with it.
 */
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import type { Transaction } from "../../store/database.ts";
import { defineQuery } from "../../store/query.ts";
import { type CustomerRow, customers } from "./schema.ts";

interface Prefix {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly prefix: string;
}

const customerOfPrefix = defineQuery<Prefix, { readonly id: string }>(
  [customers],
  (param) => `select id from customers
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and invoice_prefix = ${param("prefix")}`,
);

/**
 * @param about `given` is undefined where nobody chose a prefix, and a random one needs no question.
 * @throws ApiError 400 when another customer has it.
 */
export async function requireFreePrefix(
  tx: Transaction,
  context: Context,
  about: { readonly customer: CustomerRow; readonly given: string | undefined },
): Promise<void> {
  const { customer, given } = about;
  if (given === undefined) return;
  const { accountId, livemode } = context;
  await tx.lock(`invoice prefix ${accountId} ${livemode} ${given}`);
  const [holder] = await tx.select(customerOfPrefix, { accountId, livemode, prefix: given });
  if (holder === undefined || holder.id === customer.id) return;
  throw invalidRequest(`The invoice prefix ${given} is used by another customer.`, {
    param: "invoice_prefix",
  });
}
