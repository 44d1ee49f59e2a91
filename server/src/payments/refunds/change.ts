/**
 * Changes a refund and tells of it under both of the names that Stripe has for it. Where nothing would differ, it does
 * neither.
 */
import type { Context } from "../../context.ts";
import { changeRow, eventOf } from "../../resource.ts";
import type { Transaction } from "../../store/database.ts";
import { refundResource } from "./resource.ts";
import type { RefundRow } from "./schema.ts";

export function changeRefund(
  tx: Transaction,
  context: Context,
  { changes, refund }: { readonly refund: RefundRow; readonly changes: Partial<RefundRow> },
): RefundRow {
  const about = { resource: refundResource, row: refund };
  const after = changeRow(tx, context, { ...about, changes, event: "refund.updated" });
  if (after === refund) return refund;
  tx.emit(
    eventOf(context, "charge.refund.updated", {
      before: refund,
      resource: refundResource,
      row: after,
    }),
  );
  return after;
}
