/**
 * Who changes a charge or what hangs on it holds its lock, taken before anything is read: a hundred refunds of one
 * charge take turns, and each sees what the one before left.
 */
import type { Scope } from "../../context.ts";
import type { Transaction } from "../../store/database.ts";

export const lockCharge = (tx: Transaction, scope: Scope, id: string): Promise<void> =>
  tx.lock(`charge ${scope.accountId} ${id}`);
