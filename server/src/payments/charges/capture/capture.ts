/**
 * Captures what a charge holds, wholly or in part; the rest is let go. With a processor that answers in process, all of
 * it is one transaction. With one that is asked over a network, the amount is noted and committed first, then the
 * processor is asked, then its answer is committed: a crash between leaves a note that the same key or the job settles.
 */
import { settingsOf } from "../../../accounts/accounts/settings.ts";
import type { Context } from "../../../context.ts";
import { retrieve } from "../../../resource.ts";
import type { Transaction } from "../../../store/database.ts";
import { lockCharge } from "../lock.ts";
import { requireUnset } from "../once.ts";
import { answerWithinSeconds, requireProcessor } from "../processor.ts";
import { chargeResource } from "../resource.ts";
import { type CaptureCharge, type ChargeRow, charges } from "../schema.ts";
import { checkDescriptors } from "../statement-descriptor.ts";
import { askToCapture, askToCaptureNow } from "./ask-capture.ts";
import { captureAmount } from "./capturable.ts";
import { finishCapture, resumeCapture } from "./resume-capture.ts";
import { settleCapture } from "./settle-capture.ts";

/**
 * @throws ApiError 404 for an unknown charge, 400 in Stripe's words when it cannot be captured, or not so much of it,
 * 500 when the processor's answer is unknown.
 */
export async function captureCharge(
  context: Context,
  parameters: CaptureCharge,
  id: string,
): Promise<ChargeRow> {
  checkDescriptors(parameters);
  const processor = requireProcessor(context);
  if (context.recovered !== null) return resumeCapture(context, processor, context.recovered);
  if (processor.captureNow !== undefined) {
    const { country: homeCountry } = await settingsOf(context, context.accountId);
    return context.finish(async (tx) => {
      const charge = await note(tx, context, { id, parameters });
      const outcome = askToCaptureNow(processor, charge);
      return settleCapture(tx, context, { charge, homeCountry, outcome });
    });
  }
  const charge = await context.phase(id, (tx) => note(tx, context, { id, parameters }));
  const outcome = await askToCapture(processor, charge);
  return finishCapture(context, id, outcome);
}

/** Notes what is to be captured, so that nobody else captures or refunds it meanwhile. */
async function note(
  tx: Transaction,
  context: Context,
  { id, parameters }: { readonly id: string; readonly parameters: CaptureCharge },
): Promise<ChargeRow> {
  await lockCharge(tx, context, id);
  const named = { id, in: "url", param: "charge" } as const;
  const charge = await retrieve(tx, chargeResource, { named, scope: context });
  requireUnset(charge, parameters, "transfer_group");
  return tx.update(charges, charge, {
    amount_captured: captureAmount(charge, parameters.amount, context.now),
    capture_before: context.now + answerWithinSeconds,
    receipt_email: parameters.receipt_email ?? charge.receipt_email,
    statement_descriptor: parameters.statement_descriptor ?? charge.statement_descriptor,
    statement_descriptor_suffix:
      parameters.statement_descriptor_suffix ?? charge.statement_descriptor_suffix,
    transfer_group: parameters.transfer_group ?? charge.transfer_group,
  });
}
