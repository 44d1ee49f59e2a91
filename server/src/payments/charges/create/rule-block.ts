/**
 * A charge that its issuer approved and an account's rule refuses. A processor that keeps account of money has taken or
 * held it by then, so it is given back before anything is stored, under references of the charge's own: whoever asks
 * again after a crash finds the same, whatever the rules say by then.
 */
import type { Processor } from "../../../processors/processor.ts";
import { type CardRules, ruledOut } from "../../cards/intake/account-rules.ts";
import type { ChargeRow } from "../schema.ts";
import { type KnownOutcome, outcomeUnknown } from "./authorization.ts";

/** What the charge's outcome gives as its reason. */
export const ruleReason = "rule";

/**
 * What becomes of the processor's answer under the account's rules.
 *
 * @param charge pending, as it is stored.
 * @throws ApiError 500 while the processor does not say that the money is given back.
 */
export async function underRules(
  processor: Processor,
  charge: ChargeRow,
  about: { readonly outcome: KnownOutcome; readonly rules: CardRules },
): Promise<KnownOutcome> {
  const { outcome, rules } = about;
  const suspect = ruledOut(outcome, rules, true);
  if (suspect === undefined) return outcome;
  const refused =
    ruledOut(outcome, rules) ?? ((await wasGivenBack(processor, charge)) ? suspect : undefined);
  if (refused === undefined) return outcome;
  await giveBack(processor, charge);
  return refused;
}

const isHeld = (charge: ChargeRow): boolean => charge.capture_before !== null;
const refundReference = (charge: ChargeRow): string => `${charge.id}-rule`;

async function wasGivenBack(processor: Processor, charge: ChargeRow): Promise<boolean> {
  const found = isHeld(charge)
    ? await processor.findRelease(charge.id, charge.livemode)
    : await processor.findRefund(refundReference(charge), charge.livemode);
  if (found === "absent") return false;
  if (found.kind === "unknown") throw outcomeUnknown(found.reason);
  return found.kind !== "refused";
}

async function giveBack(processor: Processor, charge: ChargeRow): Promise<void> {
  const { amount, currency, id: authorization, livemode } = charge;
  const answer = isHeld(charge)
    ? await processor.release({ authorization, livemode, reference: charge.id })
    : await processor.refund({
        amount,
        authorization,
        behaviour: null,
        currency,
        livemode,
        reference: refundReference(charge),
      });
  if (answer.kind === "unknown") throw outcomeUnknown(answer.reason);
  if (answer.kind === "refused") {
    throw new Error(`the processor would not give back the charge ${charge.id}: ${answer.reason}`);
  }
}
