/**
 * The queries of charges beyond their key and their list.
 */
import { defineQuery } from "../../store/query.ts";
import { charges } from "./schema.ts";

interface PendingBefore {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly before: number;
  readonly afterCreated: number;
  readonly afterId: string;
  readonly limit: number;
}

/** A charge's place in the order in which they are looked at. */
interface RecoveryPlace {
  readonly created: number;
  readonly id: string;
}

/** Charges that still wait for their processor's answer, the oldest first. */
export const pendingCharges = defineQuery<PendingBefore, RecoveryPlace>(
  [charges],
  (param) => `select created, id from charges
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and status = 'pending' and created <= ${param("before")}
      and (created, id) > (${param("afterCreated")}, ${param("afterId")})
    order by created, id limit ${param("limit")}`,
);

/** Held charges that nobody captured in time, and captures that nobody answered; the longest overdue first. */
export const overdueHolds = defineQuery<
  {
    readonly accountId: string;
    readonly livemode: boolean;
    readonly now: number;
    readonly limit: number;
  },
  { readonly id: string }
>(
  [charges],
  (param) => `select id from charges
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and capture_before is not null and capture_before <= ${param("now")}
      and status = 'succeeded'
    order by capture_before limit ${param("limit")}`,
);
