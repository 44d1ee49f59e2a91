/**
 * What a receiver's answer tells of why it refused a delivery: the very words of the signature libraries lead to the
 * remedy, and an answer that says nothing leads to nothing.
 */
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { diagnose } from "./diagnosis.ts";
import type { WebhookAttemptRow } from "./schema.ts";

const failed: WebhookAttemptRow = {
  account_id: "acct_1",
  delivery: "whd_1",
  duration_ms: 3,
  faults: null,
  livemode: false,
  message: "The endpoint answered with the status 400.",
  number: 1,
  pending_webhooks: 1,
  reason: "status",
  request_headers: {},
  response_body: "",
  response_headers: {},
  stage: "after",
  started_ms: 1,
  status: 400,
  succeeded: false,
  url: "https://example.com/",
};

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const stripe = new Stripe("sk_test_1");

/** What Stripe's library says of a delivery that it refuses. */
function refusal(payload: unknown, header: string): string {
  try {
    stripe.webhooks.constructEvent(payload as string, header, secret);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("The library accepted it.");
}

const headerAt = (timestamp: number): string =>
  stripe.webhooks.generateTestHeaderString({ payload: "{}", secret, timestamp });
const now = Math.floor(performance.timeOrigin / 1000);

describe("the words of Stripe's library", () => {
  test.each([
    ["a changed body", refusal("{ }", headerAt(now)), /another secret .* raw body/],
    ["an old signature", refusal("{}", headerAt(now - 3600)), /clock is ahead/],
    ["a parsed body", refusal({}, headerAt(now)), /JSON parser read the body first/],
    ["a header that is none", refusal("{}", "nonsense"), /did not find the signature/],
  ])("for %s lead to the remedy", (_, response_body, sentence) => {
    expect(diagnose({ ...failed, response_body })).toMatch(sentence);
  });
});

test("a fault that was asked for is named before anything else", () => {
  const response_body = "No signatures found matching the expected signature for payload.";
  const tampered = { ...failed, faults: { tamper: true }, response_body };
  expect(diagnose(tampered)).toMatch(/changed after it was signed/);
  const expired = { ...failed, faults: { expire_timestamp: true } };
  expect(diagnose(expired)).toMatch(/an hour ago/);
});

test("a status tells where the words do not, and nothing is made up", () => {
  expect(diagnose({ ...failed, status: 404 })).toMatch(/Nothing answers at this path/);
  expect(diagnose({ ...failed, status: 500 })).toBeNull();
  expect(diagnose({ ...failed, status: null })).toBeNull();
  expect(diagnose({ ...failed, status: 404, succeeded: true })).toBeNull();
});
