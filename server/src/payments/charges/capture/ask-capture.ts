/**
 * How a capture is put to the processor. The amount is part of its reference: one that was refused, or whose
 * transaction was rolled back, may be followed by one of another amount. What a partial capture leaves is let go of
 * before anything is stored.
 */
import { ApiError } from "../../../core/errors.ts";
import type { Capture, CaptureOutcome, Release } from "../../../processors/modifications.ts";
import type { Processor } from "../../../processors/processor.ts";
import type { ChargeRow } from "../schema.ts";

/** What the processor did about a capture, or would not. */
export type KnownCapture = Exclude<CaptureOutcome, { kind: "unknown" }>;

/** @throws Error when the processor does not answer in process. */
export function askToCaptureNow(processor: Processor, charge: ChargeRow): KnownCapture {
  const { captureNow, releaseNow } = processor;
  if (captureNow === undefined || releaseNow === undefined) {
    throw new Error("the processor does not answer in process");
  }
  const captured = known(captureNow(captureOf(charge)));
  if (captured.kind === "captured" && hasRest(charge)) known(releaseNow(releaseOf(charge)));
  return captured;
}

/** @throws ApiError 500 when no answer came. */
export async function askToCapture(processor: Processor, charge: ChargeRow): Promise<KnownCapture> {
  return letGoOfRest(processor, charge, known(await processor.capture(captureOf(charge))));
}

/** As {@link askToCapture}, where the answer of before was lost. @throws ApiError 500 when again none came. */
export async function askAgainToCapture(
  processor: Processor,
  charge: ChargeRow,
): Promise<KnownCapture> {
  const { reference } = captureOf(charge);
  const found = await processor.findCapture(reference, charge.livemode);
  if (found === "absent") return askToCapture(processor, charge);
  return letGoOfRest(processor, charge, known(found));
}

async function letGoOfRest(
  processor: Processor,
  charge: ChargeRow,
  captured: KnownCapture,
): Promise<KnownCapture> {
  // A processor that holds nothing any more refuses, which is as good.
  if (captured.kind === "captured" && hasRest(charge)) {
    known(await processor.release(releaseOf(charge)));
  }
  return captured;
}

const hasRest = (charge: ChargeRow): boolean => charge.amount_captured < charge.amount;

const captureOf = ({ amount_captured: amount, id, livemode }: ChargeRow): Capture => ({
  amount,
  authorization: id,
  livemode,
  reference: `${id}-${amount}`,
});

/** A charge is let go of once, so its own id is the reference. */
const releaseOf = ({ id, livemode }: ChargeRow): Release => ({
  authorization: id,
  livemode,
  reference: id,
});

function known<Outcome extends { readonly kind: string }>(
  outcome: Outcome,
): Exclude<Outcome, { kind: "unknown" }> {
  if (outcome.kind !== "unknown") return outcome as Exclude<Outcome, { kind: "unknown" }>;
  throw new ApiError(500, "api_error", {
    cause: outcome,
    message:
      "The card processor did not answer, so it is not known whether the charge was captured. Retry with the same idempotency key: it asks again and never captures twice.",
    shouldRetry: true,
  });
}
