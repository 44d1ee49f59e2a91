/**
 * The processor of the mode that a request or a job acts in. Live mode has none until one is configured.
 */
import type { Context } from "../../context.ts";
import { invalidRequest } from "../../core/errors.ts";
import type { Processor } from "../../processors/processor.ts";

/**
 * How long an answer may take before a job asks for it, in seconds of the business clock. A request that is still under
 * way settles what it began itself.
 */
export const answerWithinSeconds = 60;

/** @throws ApiError 400 `processor_not_configured`. */
export function requireProcessor(context: Context): Processor {
  const processor = context.processorOf(context.livemode);
  if (processor !== undefined) return processor;
  throw invalidRequest(
    "No card processor is configured for live mode, so live cards cannot be charged. Configure a processor connection, or use a test mode key: test mode never moves money.",
    { code: "processor_not_configured" },
  );
}
