/**
 * The hash of kept keys: the same text gives the same number, another text or another key nearly never does.
 */
import { expect, test } from "vitest";
import { createKeyedHash } from "./keyed-hash.ts";

const key = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

test("the same text under the same key gives the same 48 bits", () => {
  const one = createKeyedHash(key);
  const other = createKeyedHash(key);
  for (const text of ["", "a", "ab", "acct_1 false key", "ключ", "💳", "\0"]) {
    const digest = one(text);
    expect(other(text)).toBe(digest);
    expect(Number.isSafeInteger(digest) && digest >= 0 && digest < 2 ** 48).toBe(true);
  }
});

test("another key gives other numbers, so that nobody can choose texts that collide", () => {
  const texts = Array.from({ length: 1000 }, (_, index) => `key ${index}`);
  const one = createKeyedHash();
  const other = createKeyedHash();
  expect(texts.filter((text) => one(text) === other(text))).toEqual([]);
});

test("texts that differ little do not collide, and every bit is used", () => {
  const hash = createKeyedHash(key);
  const digests = new Set<number>();
  const ones = Array.from({ length: 48 }, () => 0);
  const count = 100_000;
  for (let index = 0; index < count; index++) {
    const digest = hash(`acct_1 false order-${index}`);
    digests.add(digest);
    let rest = digest;
    for (let bit = 0; bit < 48; bit++) {
      ones[bit] = (ones[bit] ?? 0) + (rest % 2);
      rest = Math.floor(rest / 2);
    }
  }
  expect(digests.size).toBe(count);
  // A fair bit strays from the half by 0.16 % of the count at one sigma.
  for (const seen of ones) expect(Math.abs(seen / count - 0.5)).toBeLessThan(0.01);
});

test("what texts end in, and how long they are, counts", () => {
  const hash = createKeyedHash(key);
  const texts = ["", "\0", "\0\0", "\0\0\0", "a", "a\0", "a\0\0", "\u0100", "\u0000\u0001"];
  expect(new Set(texts.map((text) => hash(text))).size).toBe(texts.length);
});
