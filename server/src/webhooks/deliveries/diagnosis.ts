/**
 * Why a receiver refused a delivery, as far as its answer tells: what the signature libraries say, and what the attempt
 * itself did on purpose, put into a sentence with the remedy. What was received is not known here; with it,
 * `istripe webhook verify` finds the cause itself.
 */
import type { WebhookAttemptRow } from "./schema.ts";

interface Symptom {
  /** What a library says, in any of its languages. */
  readonly says: RegExp;
  readonly sentence: string;
}

const symptoms: readonly Symptom[] = [
  {
    says: /no signatures? (?:was |were )?found matching|signature_mismatch/i,
    sentence:
      "The receiver's signature did not match: it has another secret than this endpoint's, or it verifies a body that was parsed and written again. Give it this endpoint's secret and the raw body.",
  },
  {
    says: /timestamp outside the tolerance|timestamp_too_old/i,
    sentence:
      "The receiver finds the signature too old: its clock is ahead, or the delivery waited in a queue before it was verified. Set the clock by NTP, and verify at once.",
  },
  {
    says: /webhook payload must be provided as a string or a buffer|body_already_parsed/i,
    sentence:
      "The receiver verified an object instead of what was sent: a JSON parser read the body first. Mount the webhook's route before it, or keep the raw body.",
  },
  {
    says: /unable to extract timestamp and signatures|header_malformed|header_missing|no (?:stripe-signature|webhook) header/i,
    sentence:
      "The receiver did not find the signature: a proxy may have dropped or changed the Stripe-Signature header. Let it through as it is.",
  },
  {
    says: /csrf|forgery/i,
    sentence:
      "The receiver wants a CSRF token, which no webhook has: except this route from that protection. The signature does its work.",
  },
];

/** @returns one plain sentence; null where the answer tells nothing, or nothing failed. */
export function diagnose(attempt: WebhookAttemptRow): string | null {
  const { faults, response_body: body, status, succeeded } = attempt;
  if (succeeded || status === null) return null;
  if (faults?.tamper === true) {
    return "A fault asked for the body to be changed after it was signed, so a receiver that verifies refuses it: this is as it should be.";
  }
  if (faults?.expire_timestamp === true) {
    return "A fault asked for a signature from an hour ago, so a receiver that verifies refuses it: this is as it should be.";
  }
  return symptoms.find(({ says }) => says.test(body ?? ""))?.sentence ?? byStatus[status] ?? null;
}

const byStatus: Readonly<Record<number, string>> = {
  401: "The receiver wants to know who calls: let this route through without a login. The signature says who it is.",
  403: "The receiver, or something before it, forbids the call: let this route through. The signature says who calls.",
  404: "Nothing answers at this path: compare the endpoint's URL with the route of the application.",
  405: "The route takes no POST: compare the endpoint's URL with the route of the application.",
  413: "The receiver's limit for bodies is below the size of this event: raise it for this route.",
};
