/**
 * The list of balance transactions. What belongs to one source is found by the ids that the source itself names, so
 * that no index has to be written with every charge.
 */
import type { Context, Scope } from "../../context.ts";
import { type ListParameters, listRows } from "../../listing.ts";
import type { Page } from "../../operation.ts";
import type { Reader } from "../../store/database.ts";
import { charges } from "../charges/schema.ts";
import { refunds } from "../refunds/schema.ts";
import { balanceTransactionResource, type balanceTransactions } from "./schema.ts";

interface Asked extends ListParameters {
  readonly currency?: string;
  readonly source?: string;
  readonly type?: string;
}

/** @throws ApiError 400 for a cursor that names nothing. */
export async function listBalanceTransactions(
  context: Context,
  parameters: Asked,
): Promise<Page<typeof balanceTransactions>> {
  const { currency, source, type } = parameters;
  const { committed } = context.database;
  const id =
    source === undefined ? undefined : { in: await namedBySource(committed, context, source) };
  return listRows(committed, balanceTransactionResource, {
    filters: { currency, id, type },
    parameters,
    scope: context,
  });
}

/** The balance transactions of a charge or a refund; none of what is neither. */
async function namedBySource(
  reader: Reader,
  scope: Scope,
  source: string,
): Promise<readonly string[]> {
  // No id holds a NUL, and no database could be asked for one.
  if (source.includes("\0")) return [];
  const key = { account_id: scope.accountId, id: source };
  const charge = source.startsWith("ch_") ? await reader.get(charges, key) : undefined;
  const refund = source.startsWith("re_") ? await reader.get(refunds, key) : undefined;
  const ids = [
    charge?.balance_transaction,
    refund?.balance_transaction,
    refund?.failure_balance_transaction,
  ];
  return ids.filter((id) => typeof id === "string");
}
