/**
 * The balance whenever money became available, kept because an event shows its object as it was. The API shows it in
 * that event only.
 */
import type { Resource } from "../../resource.ts";
import * as column from "../../store/table.ts";
import { Balance } from "./schema.ts";

export const balanceChanges = column.defineTable("balance_changes", {
  account_id: column.text,
  id: column.text,
  livemode: column.boolean,
  created: column.integer,
  position: column.integer,
  available: column.json<Balance["available"]>(),
  pending: column.json<Balance["pending"]>(),
});
export type BalanceChangeRow = column.Row<typeof balanceChanges>;

export const balanceChangeResource: Resource<typeof balanceChanges> = {
  idParameter: "id",
  name: "balance",
  noun: "balance",
  present: ({ available, livemode, pending }) => ({
    available,
    livemode,
    object: "balance",
    pending,
  }),
  schema: Balance,
  table: balanceChanges,
};
