/**
 * The text of API keys: who they belong to, and how little of them is shown.
 */
import { expect, test } from "vitest";
import { createIds } from "../../core/ids.ts";
import { accountOfKey, maskedKey, newKeyText, prefixOf } from "./key-text.ts";

const ids = createIds(Date.now);
const accountId = `acct_${ids.secret(16)}`;

test("a generated key names its account, kind and mode and adds 32 random characters", () => {
  const key = newKeyText(ids, accountId, { kind: "secret", livemode: true });
  expect(key).toMatch(/^sk_live_51[0-9A-Za-z]{48}$/);
  expect(accountOfKey(key)).toBe(accountId);
  expect(prefixOf(key)).toEqual({ kind: "secret", livemode: true });
  expect(newKeyText(ids, accountId, { kind: "secret", livemode: true })).not.toBe(key);
});

test("a key that the operator chose names no account", () => {
  expect(accountOfKey("sk_test_123")).toBeUndefined();
});

test("what is shown is the prefix and the last four characters, one asterisk for each other", () => {
  expect(maskedKey("sk_test_abcdefgh1234")).toBe("sk_test_********1234");
  expect(maskedKey("nonsense-1234")).toBe("*********1234");
  expect(maskedKey("abc")).toBe("");
  expect(maskedKey("x".repeat(5000)).length).toBeLessThanOrEqual(255);
});
