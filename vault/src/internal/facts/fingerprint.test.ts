/** The guarantees of fingerprints and digests: equal for the same number in one account and mode, and unlike elsewhere. */
import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import { handleOf, mastercard, openTestVault, visa } from "../test-vault.ts";
import { fingerprintOf } from "./fingerprint.ts";

const { vault } = openTestVault();
const here = { accountId: "acct_1", livemode: false };
const elsewhere = [
  { accountId: "acct_2", livemode: false },
  { accountId: "acct_1", livemode: true },
  { accountId: "acct_2", livemode: true },
];

test("a number has one fingerprint in an account and mode, whatever its CVC and however it was typed", () => {
  const first = vault.fingerprint(handleOf(vault, visa, "123"), here);
  expect(first).toMatch(/^[0-9A-Za-z]{16}$/);
  expect(vault.fingerprint(handleOf(vault, "4242 4242-4242 4242"), here)).toBe(first);
  const sealed = vault.seal(handleOf(vault, visa), { ...here, reference: "card_9" });
  expect(sealed.fingerprint).toBe(first);
});

test("fingerprints of one number differ across accounts and modes, and of two numbers always", () => {
  const handle = handleOf(vault, visa);
  const prints = [here, ...elsewhere].map((scope) => vault.fingerprint(handle, scope));
  prints.push(vault.fingerprint(handleOf(vault, mastercard), here));
  expect(new Set(prints).size).toBe(5);
});

test("a digest is stable, depends on account and mode, and is not the fingerprint nor does it hold it", () => {
  const handle = handleOf(vault, visa);
  const digests = [here, ...elsewhere].map((scope) => vault.digest(handle, scope));
  expect(new Set(digests).size).toBe(4);
  expect(vault.digest(handleOf(vault, visa), here)).toBe(digests[0]);
  expect(digests[0]).toMatch(/^[\w-]{22}$/);
  expect(digests[0]).not.toContain(vault.fingerprint(handle, here).slice(0, 8));
});

test("a digest does not depend on the CVC, so nothing stored tells of one", () => {
  const digests = ["", "123", "124"].map((cvc) => vault.digest(handleOf(vault, visa, cvc), here));
  expect(new Set(digests).size).toBe(1);
});

test("the characters of fingerprints are evenly spread", () => {
  const key = createSecretKey(Buffer.alloc(32, 7));
  const counts = new Map<string, number>();
  const fingerprintCount = 8_000;
  for (let count = 0; count < fingerprintCount; count++) {
    for (const character of fingerprintOf(Buffer.from(`${count}`), key)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  const expected = (fingerprintCount * 16) / 62;
  const chiSquare = [...counts.values()].reduce(
    (sum, n) => sum + (n - expected) ** 2 / expected,
    0,
  );
  expect(counts.size).toBe(62);
  // 61 degrees of freedom: 111 is passed once in ten thousand keys, and this key is fixed.
  expect(chiSquare).toBeLessThan(111);
});
