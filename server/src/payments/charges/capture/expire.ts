/**
 * The job of held money: what nobody captured in time is let go, and a capture whose answer a crash or an outage lost
 * is settled whether or not its caller ever comes back. One charge that cannot be settled now keeps no other waiting.
 */
import type { Context, Platform, Scope } from "../../../context.ts";
import { ApiError } from "../../../core/errors.ts";
import type { Processor } from "../../../processors/processor.ts";
import type { Transaction } from "../../../store/database.ts";
import { jobContext } from "../../job-context.ts";
import { ask } from "../../refunds/settlement/ask.ts";
import { type BegunRefund, beginRefund } from "../../refunds/settlement/begin.ts";
import { finishRefund } from "../../refunds/settlement/resume.ts";
import { lockCharge } from "../lock.ts";
import { type ChargeRow, charges } from "../schema.ts";
import { overdueHolds } from "../store.ts";
import { isCapturing } from "./capturable.ts";
import { resumeCapture } from "./resume-capture.ts";

const releaseSize = 20;
/** How long until a charge that could not be settled is looked at again, in seconds of the business clock. */
const retrySeconds = 60;

/**
 * Settles the next few charges whose hold is over.
 *
 * @param onFailure told of a charge that a bug of ours keeps from being settled.
 * @returns whether there may be more.
 */
export async function expireHolds(
  platform: Platform,
  scope: Scope,
  onFailure: (chargeId: string, error: unknown) => void,
): Promise<boolean> {
  const context = jobContext(platform, scope);
  const { accountId, livemode, now } = context;
  const processor = context.processorOf(livemode);
  if (processor === undefined) return false;
  const asked = { accountId, limit: releaseSize, livemode, now };
  const found = await platform.database.committed.select(overdueHolds, asked);
  for (const { id } of found) {
    try {
      await settleHold(context, processor, id);
    } catch (error) {
      if (!(error instanceof ApiError)) onFailure(id, error);
      await postpone(context, id);
    }
  }
  return found.length === releaseSize;
}

async function settleHold(context: Context, processor: Processor, id: string): Promise<void> {
  const next = await context.phase(id, (tx) => beginRelease(tx, context, id));
  if (next === "capturing") await resumeCapture(context, processor, id);
  // Where this fails, the refund is due: its own job goes on.
  else if (next !== undefined) await finishRefund(context, next.refund, await ask(processor, next));
}

async function beginRelease(
  tx: Transaction,
  context: Context,
  id: string,
): Promise<BegunRefund | "capturing" | undefined> {
  const charge = await overdueNow(tx, context, id);
  if (charge === undefined) return undefined;
  if (isCapturing(charge)) return "capturing";
  return beginRefund(tx, context, {
    charge,
    terms: {
      amount: charge.amount,
      id: context.ids.next("re_"),
      reason: "expired_uncaptured_charge",
    },
  });
}

/** Under the charge's lock; undefined when it was settled meanwhile. */
async function overdueNow(
  tx: Transaction,
  context: Context,
  id: string,
): Promise<ChargeRow | undefined> {
  await lockCharge(tx, context, id);
  const charge = await tx.get(charges, { account_id: context.accountId, id });
  if (charge?.status !== "succeeded" || charge.capture_before === null) return undefined;
  return charge.capture_before <= context.now ? charge : undefined;
}

const postpone = (context: Context, id: string): Promise<void> =>
  context.database.transact(async (tx) => {
    const charge = await overdueNow(tx, context, id);
    if (charge !== undefined) {
      tx.update(charges, charge, { capture_before: context.now + retrySeconds });
    }
  });
