/**
 * The registry of expected failures: Stripe's type, code, status and sentence, in one place. Whatever is thrown as an
 * {@link ApiError} is meant for the user; everything else is a bug and becomes a plain `api_error`. The sentence never
 * echoes a card number, a CVC or a whole secret.
 */

import { shownName } from "./shown.ts";

export type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

/** The fields of Stripe's error object beyond type and message; each is sent only when it is set. */
export interface ErrorDetails {
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly declineCode?: string | undefined;
  readonly adviceCode?: string | undefined;
  readonly networkAdviceCode?: string | undefined;
  readonly networkDeclineCode?: string | undefined;
  readonly charge?: string | undefined;
  /** Whether execution had begun: such an answer is stored under the idempotency key and must not be retried. */
  readonly isExecuted?: boolean;
  /** Sent as `Stripe-Should-Retry` where it says more than the status does. */
  readonly shouldRetry?: boolean;
  /** Extra response headers, such as the reason of a rate limit. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

export class ApiError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly details: ErrorDetails;

  constructor(status: number, type: ErrorType, about: ErrorDetails & { readonly message: string }) {
    super(about.message, { cause: about.cause });
    this.name = "ApiError";
    this.status = status;
    this.type = type;
    this.details = about;
  }

  /** The `error` object of the answer, keys in alphabetical order as Stripe sends them. */
  toWire(): Record<string, string> {
    const { details } = this;
    const fields = {
      advice_code: details.adviceCode,
      charge: details.charge,
      code: details.code,
      decline_code: details.declineCode,
      doc_url:
        details.code && `https://stripe.com/docs/error-codes/${details.code.replaceAll("_", "-")}`,
      message: this.message,
      network_advice_code: details.networkAdviceCode,
      network_decline_code: details.networkDeclineCode,
      param: details.param,
      type: this.type,
    };
    return Object.fromEntries(
      Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }
}

export const invalidRequest = (message: string, details: ErrorDetails = {}): ApiError =>
  new ApiError(400, "invalid_request_error", { ...details, message });

/** Where the missing object was named decides the status: 404 in the URL, 400 in a parameter. */
export function resourceMissing(
  noun: string,
  id: string,
  at: {
    readonly param: string;
    readonly in: "url" | "parameter";
    readonly hint?: string | undefined;
  },
): ApiError {
  return new ApiError(at.in === "url" ? 404 : 400, "invalid_request_error", {
    code: "resource_missing",
    message: `No such ${noun}: '${shownName(id)}'${at.hint ? `; ${at.hint}` : ""}`,
    param: at.param,
  });
}

/** What follows the sentence when the id lives in the other mode. */
export const otherModeHint = (livemode: boolean): string =>
  livemode
    ? "a similar object exists in test mode, but a live mode key was used to make this request."
    : "a similar object exists in live mode, but a test mode key was used to make this request.";

export const unknownRoute = (method: string, path: string): ApiError =>
  new ApiError(404, "invalid_request_error", {
    message: `Unrecognized request URL (${method}: ${shownName(path)}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });

/** A route, parameter or value that Stripe has and iStripe has not built yet. */
export const notImplemented = (what: string, param?: string): ApiError =>
  new ApiError(501, "api_error", {
    code: "not_implemented",
    message: `iStripe does not implement ${what} yet.`,
    param,
    shouldRetry: false,
  });

export const internalError = (cause: unknown): ApiError =>
  new ApiError(500, "api_error", {
    cause,
    message:
      "An error occurred while processing your request. Nothing was changed; please try again with the same idempotency key.",
  });

/** @param mayHaveHappened whether the write may have been kept: then only the same key tells. */
export const storageUnavailable = (cause: unknown, mayHaveHappened: boolean): ApiError =>
  new ApiError(503, "api_error", {
    cause,
    message: mayHaveHappened
      ? "The connection to the database was lost while this request was stored, so it is not known whether it was. Please try again with the same idempotency key: it is never done twice."
      : "The database could not store this request, so nothing was changed. Please try again with the same idempotency key; if it goes on, check the server's disk space and log.",
    shouldRetry: true,
  });

export const lockTimeout = (cause: unknown): ApiError =>
  new ApiError(429, "invalid_request_error", {
    cause,
    code: "lock_timeout",
    message:
      "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
    shouldRetry: true,
  });

export const cardError = (message: string, details: ErrorDetails = {}): ApiError =>
  new ApiError(402, "card_error", { isExecuted: true, ...details, message });
