/**
 * The refund that stands for what a partial capture let go: nothing moved, and the charge's refunds add up all the
 * same.
 */
import type { Context } from "../../../context.ts";
import { eventOf } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import type { ChargeRow } from "../../charges/schema.ts";
import { refundResource } from "../resource.ts";
import { type RefundRow, refunds } from "../schema.ts";
import { pendingRefund } from "./begin.ts";

export function insertReleased(
  tx: Transaction,
  context: Context,
  { amount, charge }: { readonly charge: ChargeRow; readonly amount: number },
): void {
  const terms = { amount, id: context.ids.next("re_"), reason: null };
  const released: RefundRow = {
    ...pendingRefund(context, charge, terms),
    due: null,
    pending_reason: null,
    status: "succeeded",
  };
  tx.insert(refunds, released);
  tx.emit(eventOf(context, "refund.created", { resource: refundResource, row: released }));
}
