/**
 * Reads the simulator's reply into an outcome. What is no reply at all becomes an unknown outcome; a reply that says
 * our request was wrong is our bug and throws.
 */
import type { Reply } from "@istripe/simulator";
import type { Judged, Outcome } from "../processor.ts";
import type { Unknown } from "../unknown.ts";

/** @throws Error when the simulator refused the request as malformed or in conflict with an earlier one. */
export const readOutcome = (status: number, body: unknown): Outcome =>
  readReply(status, body, outcomeIn);

const outcomeIn = (value: object): Outcome | undefined =>
  isReply(value) ? outcomeOf(value) : undefined;

/**
 * @param parse reads the JSON of a reply; undefined when it means nothing.
 * @throws Error when the simulator refused the request as malformed or in conflict with an earlier one.
 */
export function readReply<Result>(
  status: number,
  body: unknown,
  parse: (value: object) => Result | undefined,
): Result | Unknown {
  if (status >= 500) return unknown("failed");
  if (status >= 400) {
    throw new Error(`The simulator refused the request with status ${status}; this is a bug.`);
  }
  const value = status === 200 && typeof body === "object" && body !== null ? body : undefined;
  const result = value === undefined ? undefined : parse(value);
  return result ?? unknown("garbled");
}

/** An outcome that must be settled later; the request did, or may have, come through. */
export const unknown = (reason: Unknown["reason"], mayHaveHappened = true): Unknown => ({
  kind: "unknown",
  reason,
  mayHaveHappened,
});

const outcomes: readonly unknown[] = ["approved", "declined", "blocked"];

/** Checks what an outcome cannot do without; the simulator's own tests check the rest. */
function isReply(reply: Partial<Reply>): reply is Reply {
  return (
    outcomes.includes(reply.outcome) &&
    typeof reply.network === "string" &&
    typeof reply.checks?.cvc !== "undefined" &&
    typeof reply.risk?.score === "number" &&
    (reply.outcome === "approved" ? isApproval(reply) : typeof reply.decline?.reason === "string")
  );
}

const isApproval = (reply: Partial<Reply>): boolean =>
  reply.decline === null &&
  typeof reply.authorization_code === "string" &&
  typeof reply.network_transaction_id === "string";

function outcomeOf(reply: Reply): Outcome {
  const judged: Judged = {
    network: reply.network,
    checks: {
      cvc: reply.checks.cvc,
      addressLine1: reply.checks.address_line1,
      addressPostalCode: reply.checks.address_postal_code,
    },
    risk: reply.risk,
    behaviour: reply.behaviour,
  };
  const { decline, authorization_code, network_transaction_id } = reply;
  if (decline === null) {
    return {
      kind: "approved",
      ...judged,
      authorizationCode: authorization_code ?? "",
      networkTransactionId: network_transaction_id ?? "",
    };
  }
  if (reply.outcome === "blocked") return { kind: "blocked", ...judged, reason: decline.reason };
  return {
    kind: "declined",
    ...judged,
    reason: decline.reason,
    codes: {
      advice: decline.advice,
      networkAdvice: decline.network_advice,
      networkDecline: decline.network_code,
    },
    networkTransactionId: network_transaction_id,
  };
}
