/**
 * What a caller hears who uses an idempotency key wrongly, in Stripe's words.
 */
import { ApiError, invalidRequest } from "../../core/errors.ts";

/** Longer keys are refused. */
export const keyLengthMax = 255;

export const keyTooLong = (): ApiError =>
  invalidRequest(
    `Idempotency keys may be at most ${keyLengthMax} characters long; use a UUID or another short random string.`,
  );

export const keyInUse = (key: string): ApiError =>
  new ApiError(409, "idempotency_error", {
    code: "idempotency_key_in_use",
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });

export const otherParameters = (key: string): ApiError =>
  new ApiError(400, "idempotency_error", {
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });

export const otherEndpoint = (key: string, first: string, now: string): ApiError =>
  new ApiError(400, "idempotency_error", {
    message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${now}' vs '${first}'). Try using a key other than '${key}' if you meant to execute a different request.`,
  });
