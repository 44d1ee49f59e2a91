/** What is no reply to a capture, a release or a refund is an unknown outcome, never one that happened. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCapture, readRefund, readRelease } from "./modification-reply.ts";

const garbled = { kind: "unknown", reason: "garbled", mayHaveHappened: true };
const done = { reference: "cap_1", outcome: "done", refusal: null, refund: null };
const refused = { ...done, outcome: "refused", refusal: "amount_too_large" };
const later = { status: "failed", reason: "expired_or_canceled_card", after_seconds: 60 };
const refunded = { ...done, refund: { status: "succeeded", later } };
const readers = [readCapture, readRelease, readRefund];

describe("a reply", () => {
  test("that is whole becomes its outcome", () => {
    expect(readCapture(200, done)).toEqual({ kind: "captured" });
    expect(readRelease(200, done)).toEqual({ kind: "released" });
    expect(readRefund(200, refunded)).toEqual({
      kind: "refunded",
      status: "succeeded",
      later: { status: "failed", reason: "expired_or_canceled_card", afterSeconds: 60 },
    });
    for (const read of readers) {
      expect(read(200, refused)).toEqual({
        kind: "refused",
        reason: "amount_too_large",
      });
    }
  });

  test.each([
    { outcome: "maybe" },
    { outcome: "refused" },
    { outcome: "refused", refusal: "toString" },
    { outcome: "refused", refusal: 7 },
    { refusal: "amount_too_large" },
    { refusal: undefined },
    { refund: undefined },
    { refund: 1 },
    { refund: { status: "failed", later: null } },
    { refund: { status: "succeeded" } },
    { refund: { status: "succeeded", later: "soon" } },
    { refund: { status: "pending", later: { ...later, status: "pending" } } },
    { refund: { status: "pending", later: { ...later, reason: undefined } } },
    { refund: { status: "pending", later: { ...later, after_seconds: -1 } } },
    { refund: { status: "pending", later: { ...later, after_seconds: "60" } } },
  ])("whose parts contradict each other is garbled: %j", (change) => {
    const reply = { ...done, ...change };
    for (const read of readers) expect(read(200, reply)).toEqual(garbled);
  });

  test("to another kind of request is garbled", () => {
    expect(readRefund(200, done)).toEqual(garbled);
    expect(readCapture(200, refunded)).toEqual(garbled);
    expect(readRelease(200, refunded)).toEqual(garbled);
  });

  test("of anything else is garbled, and one from 500 on means that the processor failed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.constant(undefined)), (reply) => {
        for (const read of readers) {
          expect(read(200, reply)).toEqual(garbled);
          expect(read(503, reply)).toEqual({ ...garbled, reason: "failed" });
        }
      }),
    );
  });

  test("that blames the request is our bug", () => {
    for (const read of readers) expect(() => read(409, "")).toThrow("status 409; this is a bug");
  });
});
