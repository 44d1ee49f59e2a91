/**
 * What may be shown on a terminal: no key and no card number, however it is written, and no control character.
 */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { redacted } from "./redaction.ts";

it.each([
  ["sk_test_51abcDEF", "sk_test_…"],
  ["--rk_live_abc", "--rk_live_…"],
  ["see pk_test_1, sk_live_2", "see pk_test_…, sk_live_…"],
  ["whsec_abc", "whsec_…"],
  ["4242424242424242", "[card]"],
  ["--4242-4242-4242-4242!", "--[card]!"],
  ["4242 4242 4242 4242", "[card]"],
  ["a\u001B[31mb\u202Ec\n", "a\uFFFD[31mb\uFFFDc\uFFFD"],
])("%j becomes %j", (text, shown) => {
  expect(redacted(text)).toBe(shown);
});

it("ids, amounts, masked keys and idempotency keys stay whole", () => {
  const uuids = Array.from({ length: 2000 }, () => randomUUID());
  const kept = ["ch_1234567890123456", "200000", "1700000000", "sk_test_****wXyZ", ...uuids];
  for (const text of [...kept, "11111111-1111-4111-8111-111111111111"]) {
    expect(redacted(text)).toBe(text);
  }
});
