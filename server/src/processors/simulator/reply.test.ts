/** Whatever comes back instead of a reply is an unknown outcome, never an approval, and never an exception of its own. */
import { authorize } from "@istripe/simulator";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readOutcome } from "./reply.ts";

const approved = authorize({
  reference: "ch_1",
  amount: 2000,
  currency: "usd",
  capture: true,
  card: {
    number: "4242424242424242",
    exp_month: 12,
    exp_year: 2030,
    cvc: "123",
    address_line1: null,
    address_zip: null,
  },
});
const garbled = { kind: "unknown", reason: "garbled", mayHaveHappened: true };

describe("a reply", () => {
  test("that is whole becomes its outcome", () => {
    expect(readOutcome(200, approved)).toEqual({
      kind: "approved",
      network: "visa",
      checks: { cvc: "pass", addressLine1: null, addressPostalCode: null },
      risk: approved.risk,
      behaviour: null,
      authorizationCode: approved.authorization_code,
      networkTransactionId: approved.network_transaction_id,
    });
  });

  test.each([
    { outcome: "maybe" },
    { outcome: "declined" },
    { outcome: "blocked" },
    { authorization_code: null },
    { network_transaction_id: null },
    { risk: null },
    { checks: null },
    { decline: { reason: "generic_decline" } },
  ])("whose parts contradict each other is garbled: %j", (change) => {
    expect(readOutcome(200, { ...approved, ...change })).toEqual(garbled);
  });

  test("without any one of its parts is garbled", () => {
    for (const name of ["outcome", "network", "checks", "risk", "decline"]) {
      expect(readOutcome(200, { ...approved, [name]: undefined })).toEqual(garbled);
    }
  });

  test("of anything else is garbled, whatever the status below 400", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 399 }),
        fc.oneof(fc.jsonValue(), fc.constant(undefined)),
        (...reply) => {
          expect(readOutcome(...reply)).toEqual(garbled);
        },
      ),
    );
    expect(readOutcome(302, approved)).toEqual(garbled);
  });

  test("with a status from 500 on means that the processor failed and may have done it", () => {
    expect(readOutcome(503, "")).toEqual({ ...garbled, reason: "failed" });
  });

  test("that blames the request is our bug, and the message repeats nothing of it", () => {
    expect(() => readOutcome(400, "4242424242424242")).toThrow(
      "The simulator refused the request with status 400; this is a bug.",
    );
  });
});
