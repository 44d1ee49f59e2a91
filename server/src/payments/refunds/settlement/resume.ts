/**
 * Finishes a refund that was begun: as its processor answered just now, or, when a crash or an outage lost the answer,
 * as the processor says that it did. The reference stays the same, so nothing is given back twice.
 */
import type { Context, Scope } from "../../../context.ts";
import type { Processor } from "../../../processors/processor.ts";
import type { Reader } from "../../../store/database.ts";
import { lockCharge } from "../../charges/lock.ts";
import { charges } from "../../charges/schema.ts";
import { type RefundRow, refunds } from "../schema.ts";
import { askAgain, type KnownOutcome } from "./ask.ts";
import { type BegunRefund, isUnanswered } from "./begin.ts";
import { settleRefund } from "./settle.ts";

/** @throws ApiError 500 while the processor does not answer. */
export async function resumeRefund(
  context: Context,
  processor: Processor,
  id: string,
): Promise<RefundRow> {
  const { committed } = context.database;
  const refund = await requireRefund(committed, context, id);
  const begun = await withCharge(committed, context, refund);
  const outcome = isUnanswered(refund) ? await askAgain(processor, begun) : undefined;
  return finishRefund(context, refund, outcome);
}

/** @param outcome undefined for a refund that is settled already. */
export const finishRefund = (
  context: Context,
  { charge, id }: RefundRow,
  outcome: KnownOutcome | undefined,
): Promise<RefundRow> =>
  context.finish(async (tx) => {
    await lockCharge(tx, context, charge);
    const current = await requireRefund(tx, context, id);
    // The request and the job may both have asked; the answer was the same.
    if (outcome === undefined || !isUnanswered(current)) return current;
    return settleRefund(tx, context, { ...(await withCharge(tx, context, current)), outcome });
  });

async function requireRefund(reader: Reader, scope: Scope, id: string): Promise<RefundRow> {
  const refund = await reader.get(refunds, { account_id: scope.accountId, id });
  if (refund === undefined) throw new Error(`the refund ${id} that was begun is gone`);
  return refund;
}

/** @throws Error when a refund names a charge that is gone, which none does. */
export async function withCharge(
  reader: Reader,
  scope: Scope,
  refund: RefundRow,
): Promise<BegunRefund> {
  const charge = await reader.get(charges, { account_id: scope.accountId, id: refund.charge });
  if (charge === undefined) throw new Error(`the charge of the refund ${refund.id} is gone`);
  return { charge, refund };
}
