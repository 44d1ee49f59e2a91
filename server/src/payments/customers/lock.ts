/**
 * Who changes a customer or what hangs on it holds its lock, taken before anything is read.
 */
import type { Scope } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";

export const lockCustomer = (tx: Transaction, scope: Scope, id: string): Promise<void> =>
  tx.lock(`customer ${scope.accountId} ${id}`);
