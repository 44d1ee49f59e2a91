/**
 * The queries of refunds beyond their key and their list.
 */
import { defineQuery } from "../../store/query.ts";
import { type RefundRow, refunds } from "./schema.ts";

interface OfMode {
  readonly accountId: string;
  readonly livemode: boolean;
}

/** Refunds to which something is to happen by now, the longest overdue first. */
export const dueRefunds = defineQuery<
  OfMode & { readonly now: number; readonly limit: number },
  Pick<RefundRow, "id" | "charge">
>(
  [refunds],
  (param) => `select id, charge from refunds
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and due is not null and due <= ${param("now")}
    order by due limit ${param("limit")}`,
);

export const countOfCharge = defineQuery<
  OfMode & { readonly charge: string },
  { readonly total: number }
>(
  [refunds],
  (param) => `select count(*) as total from refunds
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and charge = ${param("charge")}`,
);
