/**
 * Finishes a capture that was begun: as its processor answered just now, or, when a crash or an outage lost the answer,
 * as the processor says that it did.
 */
import { settingsOf } from "../../../accounts/accounts/settings.ts";
import { type Context, Refusal, type Scope } from "../../../context.ts";
import type { Processor } from "../../../processors/processor.ts";
import type { Reader } from "../../../store/database.ts";
import { lockCharge } from "../lock.ts";
import { type ChargeRow, charges } from "../schema.ts";
import { askAgainToCapture, type KnownCapture } from "./ask-capture.ts";
import { holdIsOver, isCapturing } from "./capturable.ts";
import { settleCapture } from "./settle-capture.ts";

/** @throws ApiError 400 when it turns out refused, 500 while the processor does not answer. */
export async function resumeCapture(
  context: Context,
  processor: Processor,
  id: string,
): Promise<ChargeRow> {
  const charge = await requireCharge(context.database.committed, context, id);
  const outcome = isCapturing(charge) ? await askAgainToCapture(processor, charge) : undefined;
  return finishCapture(context, id, outcome);
}

/** @param outcome undefined for a capture that is settled already. */
export async function finishCapture(
  context: Context,
  id: string,
  outcome: KnownCapture | undefined,
): Promise<ChargeRow> {
  const { country: homeCountry } = await settingsOf(context, context.accountId);
  return context.finish(async (tx) => {
    await lockCharge(tx, context, id);
    const charge = await requireCharge(tx, context, id);
    if (charge.captured) return charge;
    // The job has settled it meanwhile, and the processor had refused.
    if (outcome === undefined || !isCapturing(charge)) return new Refusal(holdIsOver(charge));
    return settleCapture(tx, context, { charge, homeCountry, outcome });
  });
}

async function requireCharge(reader: Reader, scope: Scope, id: string): Promise<ChargeRow> {
  const charge = await reader.get(charges, { account_id: scope.accountId, id });
  if (charge === undefined) throw new Error(`the charge ${id} of a capture is gone`);
  return charge;
}
