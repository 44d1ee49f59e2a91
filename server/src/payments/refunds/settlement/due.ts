/**
 * The job of refunds: what a card makes of a refund later comes true on the business clock, and a refund whose answer
 * a crash or an outage lost is settled whether or not its caller ever comes back. One that cannot be settled now keeps
 * no other waiting.
 */
import type { Context, Platform, Scope } from "../../../context.ts";
import { ApiError } from "../../../core/errors.ts";
import { eventOf } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import { recordRefundFailure } from "../../balance/record.ts";
import { lockCharge } from "../../charges/lock.ts";
import { charges } from "../../charges/schema.ts";
import { jobContext } from "../../job-context.ts";
import { changeRefund } from "../change.ts";
import { refundResource } from "../resource.ts";
import { type LaterOutcome, type RefundRow, refunds } from "../schema.ts";
import { dueRefunds } from "../store.ts";
import { acquirerReference, awaitingReference } from "./reference.ts";
import { resumeRefund, withCharge } from "./resume.ts";

const settleSize = 20;
/** How long until a refund that could not be settled is looked at again, in seconds of the business clock. */
const retrySeconds = 60;

type Due = Pick<RefundRow, "id" | "charge">;

/**
 * Settles the next few refunds that are due.
 *
 * @param onFailure told of a refund that a bug of ours keeps from being settled.
 * @returns whether there may be more.
 */
export async function settleDueRefunds(
  platform: Platform,
  scope: Scope,
  onFailure: (refundId: string, error: unknown) => void,
): Promise<boolean> {
  const context = jobContext(platform, scope);
  const { accountId, livemode, now } = context;
  const asked = { accountId, limit: settleSize, livemode, now };
  const found = await platform.database.committed.select(dueRefunds, asked);
  for (const due of found) {
    try {
      await settleDue(context, due);
    } catch (error) {
      if (!(error instanceof ApiError)) onFailure(due.id, error);
      await postpone(context, due);
    }
  }
  return found.length === settleSize;
}

async function settleDue(context: Context, due: Due): Promise<void> {
  const isUnanswered = await context.finish(async (tx) => {
    const refund = await dueNow(tx, context, due);
    if (refund?.later) await comeTrue(tx, context, { later: refund.later, refund });
    return refund !== undefined && refund.later === null;
  });
  if (!isUnanswered) return;
  const processor = context.processorOf(context.livemode);
  if (processor === undefined) throw new Error("no processor is configured to ask for a refund");
  await resumeRefund(context, processor, due.id);
}

/** Under the charge's lock; undefined when it was settled meanwhile. */
async function dueNow(tx: Transaction, context: Context, due: Due): Promise<RefundRow | undefined> {
  await lockCharge(tx, context, due.charge);
  const refund = await tx.get(refunds, { account_id: context.accountId, id: due.id });
  return refund?.due && refund.due <= context.now ? refund : undefined;
}

async function comeTrue(
  tx: Transaction,
  context: Context,
  { later, refund }: { readonly refund: RefundRow; readonly later: LaterOutcome },
): Promise<void> {
  if (later.status === "referenced") {
    const reference = acquirerReference(context.now, refund.position);
    changeRefund(tx, context, { changes: { due: null, later: null, reference }, refund });
    return;
  }
  const settled = { due: null, later: null, pending_reason: null, status: later.status };
  if (later.status === "succeeded") {
    const changes = { ...settled, ...awaitingReference(context.now) };
    changeRefund(tx, context, { changes, refund });
    return;
  }
  const { charge } = await withCharge(tx, context, refund);
  tx.update(charges, charge, { amount_refunded: charge.amount_refunded - refund.amount });
  const moved = { ...refund, description: charge.description };
  const failed = changeRefund(tx, context, {
    changes: {
      ...settled,
      failure_balance_transaction: recordRefundFailure(tx, context, moved).id,
      failure_reason: later.reason,
    },
    refund,
  });
  tx.emit(eventOf(context, "refund.failed", { resource: refundResource, row: failed }));
}

const postpone = (context: Context, due: Due): Promise<void> =>
  context.database.transact(async (tx) => {
    const refund = await dueNow(tx, context, due);
    if (refund !== undefined) tx.update(refunds, refund, { due: context.now + retrySeconds });
  });
