/**
 * What became of one delivery, as a value: nothing that the other side does throws. A failure says at which stage it
 * was, what went wrong in one plain sentence for the endpoint's owner, and whether the endpoint may have the event all
 * the same. Sentences never hold a path, a query, credentials or what the other side wrote.
 */
import type { RefusalReason } from "./address-guard.ts";

/** `before`: nothing was sent. `during`: it was sent and no answer came. `after`: an answer came and is no good. */
type Stage = "before" | "during" | "after";

type FailureReason =
  | RefusalReason
  | "dns_failed"
  | "connection_refused"
  | "unreachable"
  | "connect_timeout"
  | "tls_failed"
  | "no_free_connection"
  | "sender_exhausted"
  | "reset"
  | "headers_timeout"
  | "headers_too_large"
  | "protocol_error"
  | "body_timeout"
  | "total_timeout"
  | "redirect"
  | "canceled";

export interface Response {
  readonly status: number;
  /** Names in lower case; an array where a header came more than once. At most the limit's bytes in all. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What was read of it. */
  readonly body: Buffer;
  /** True when the body was longer than the limit: the rest was not read. */
  readonly isBodyCut: boolean;
}

interface Answered extends Response {
  readonly kind: "answered";
  readonly durationMs: number;
}

export interface Failed {
  readonly kind: "failed";
  readonly stage: Stage;
  readonly reason: FailureReason;
  /** One plain sentence. */
  readonly message: string;
  /** False only when surely not a byte of the delivery was sent. */
  readonly mayHaveArrived: boolean;
  /** What there was of an answer, at the stage `after`; otherwise null. */
  readonly response: Response | null;
  readonly durationMs: number;
}

export type Outcome = Answered | Failed;

/** What went wrong, before it is known what it means for the delivery. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

/** Redirects that a browser would follow; a 304 is an answer like any other. */
export const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @param error what ended an exchange on a connection that stood, as undici tells it. */
export function exchangeFailure(error: Error & { readonly code?: unknown }): Failure {
  const known = typeof error.code === "string" ? exchangeFailures[error.code] : undefined;
  if (known !== undefined) return known;
  return isNotHttp(error) ? notHttp : closed;
}

/** undici has no codes for these; an end where more was announced is a parser's error to it, and a closed door to us. */
function isNotHttp({ name, message }: Error): boolean {
  if (name === "HTTPParserError") return !message.includes("EOF");
  return message === "bad response" || message === "bad upgrade";
}

const notHttp: Failure = {
  message: "The endpoint's answer is not valid HTTP/1.1.",
  reason: "protocol_error",
};
const closed: Failure = {
  message: "The endpoint closed the connection before its answer was complete.",
  reason: "reset",
};
const exchangeFailures: Readonly<Record<string, Failure>> = {
  UND_ERR_BODY_TIMEOUT: {
    message: "The endpoint began its answer and then fell silent.",
    reason: "body_timeout",
  },
  UND_ERR_HEADERS_OVERFLOW: {
    message: "The headers of the endpoint's answer are too large.",
    reason: "headers_too_large",
  },
  UND_ERR_HEADERS_TIMEOUT: {
    message: "The endpoint took the delivery and did not answer in time.",
    reason: "headers_timeout",
  },
};
