/**
 * An answer before it is written to the socket, and the one place where errors become HTTP.
 */
import { ApiError, internalError, lockTimeout, storageUnavailable } from "../core/errors.ts";
import { ContentionError, StorageError } from "../store/database.ts";
import type { Asked } from "./call.ts";
import { FormError } from "./form/form-error.ts";
import { ParameterError } from "./parameters/parameter-error.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The body's bytes, where they have been counted already. */
  readonly size?: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What it answers, where the caller is known: for the request log. */
  readonly asked?: Asked;
}

/**
 * Stripe ends the bodies of errors, and only those, with a newline.
 *
 * @param logUrl where the record of the request is found.
 */
export function errorAnswer(error: ApiError, logUrl?: string): Answer {
  const { shouldRetry, isExecuted, headers } = error.details;
  const advice = shouldRetry ?? (isExecuted ? false : undefined);
  return {
    body: `${JSON.stringify({ error: wireOf(error, logUrl) }, null, 2)}\n`,
    headers: {
      ...headers,
      ...(advice === undefined ? {} : { "Stripe-Should-Retry": String(advice) }),
    },
    status: error.status,
  };
}

/** Keys stay in alphabetical order, in which `type` is the last. */
function wireOf(error: ApiError, logUrl: string | undefined): Record<string, unknown> {
  const { type, ...fields } = error.toWire();
  return { ...fields, ...(logUrl === undefined ? {} : { request_log_url: logUrl }), type };
}

/** The error that the user hears. What is not meant for users keeps its cause for the log only. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ParameterError) {
    const { code, message, param } = error;
    return new ApiError(400, "invalid_request_error", { code, message, param });
  }
  if (error instanceof FormError) {
    return new ApiError(400, "invalid_request_error", { message: error.message });
  }
  if (error instanceof ContentionError) return lockTimeout(error);
  if (error instanceof StorageError) return storageUnavailable(error, error.mayHaveHappened);
  return internalError(error);
}
