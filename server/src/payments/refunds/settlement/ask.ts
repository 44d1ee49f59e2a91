/**
 * How a refund is put to the processor: money that was captured is given back, money that is only held is let go.
 */
import { ApiError } from "../../../core/errors.ts";
import type {
  Refund,
  Refunded,
  RefundOutcome,
  Refused,
  Release,
  ReleaseOutcome,
} from "../../../processors/modifications.ts";
import type { Processor } from "../../../processors/processor.ts";
import type { BegunRefund } from "./begin.ts";

/** What the processor did about a refund, or would not. */
export type KnownOutcome = Refunded | Refused;

/** @throws Error when the processor does not answer in process. */
export function askNow(processor: Processor, begun: BegunRefund): KnownOutcome {
  const { refundNow, releaseNow } = processor;
  if (refundNow === undefined || releaseNow === undefined) {
    throw new Error("the processor does not answer in process");
  }
  return known(
    begun.charge.captured ? refundNow(refundOf(begun)) : afterRelease(releaseNow(releaseOf(begun))),
  );
}

/** @throws ApiError 500 when no answer came. */
export const ask = async (processor: Processor, begun: BegunRefund): Promise<KnownOutcome> =>
  known(
    begun.charge.captured
      ? await processor.refund(refundOf(begun))
      : afterRelease(await processor.release(releaseOf(begun))),
  );

/** Asks what became of a refund whose answer was lost, and asks for it again only if the processor never heard of it. */
export async function askAgain(processor: Processor, begun: BegunRefund): Promise<KnownOutcome> {
  const { charge, refund } = begun;
  if (charge.captured) {
    const found = await processor.findRefund(refund.id, refund.livemode);
    return found === "absent" ? ask(processor, begun) : known(found);
  }
  const found = await processor.findRelease(charge.id, charge.livemode);
  return found === "absent" ? ask(processor, begun) : known(afterRelease(found));
}

const refundOf = ({ charge, refund }: BegunRefund): Refund => ({
  amount: refund.amount,
  authorization: charge.id,
  behaviour: charge.behaviour,
  currency: refund.currency,
  livemode: refund.livemode,
  reference: refund.id,
});

/** An authorization is released once, so the charge's id names its release too. */
const releaseOf = ({ charge }: BegunRefund): Release => ({
  authorization: charge.id,
  livemode: charge.livemode,
  reference: charge.id,
});

/** Where nothing is held any more, there is nothing to let go of. */
const nothingHeld: readonly unknown[] = ["already_released", "not_authorized"];

const released: Refunded = { kind: "refunded", later: null, status: "succeeded" };

function afterRelease(outcome: ReleaseOutcome): RefundOutcome {
  const isHeld = outcome.kind === "refused" && !nothingHeld.includes(outcome.reason);
  return isHeld || outcome.kind === "unknown" ? outcome : released;
}

function known(outcome: RefundOutcome): KnownOutcome {
  if (outcome.kind !== "unknown") return outcome;
  throw new ApiError(500, "api_error", {
    cause: outcome.reason,
    message:
      "The card processor did not answer, so it is not known whether the refund went through. Retry with the same idempotency key: it asks again and never refunds twice.",
    shouldRetry: true,
  });
}
