/** The guarantees of sealing: what was sealed opens in its own place, and in no other, and not if a bit of it changed. */
import { createCipheriv, createSecretKey, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cardSlots } from "../egress/request-filling.ts";
import { handleOf, longUnionPay, numberIn, openTestVault, visa } from "../test-vault.ts";
import { type Binding, blobBytes, openNumber, SealBroken, sealNumber } from "./sealed-card.ts";

const { vault } = openTestVault();
const binding: Binding = { accountId: "acct_1", livemode: false, reference: "card_1" };
const seen: string[] = [];
let blob: Uint8Array;

beforeAll(() => {
  vault.egress.allow({
    name: "witness",
    transport: ({ body }) => {
      seen.push(numberIn(body));
      return { status: 200, body: null };
    },
  });
  blob = vault.seal(handleOf(vault, visa), binding).blob;
});

afterAll(() => vault.close());

/** The number that a processor would receive. */
function opened(sealed: Uint8Array, place: Binding): string | undefined {
  const request = { method: "POST", path: "/", body: { number: cardSlots.number } };
  vault.egress.sendNow({ destination: "witness", card: { sealed, binding: place }, request });
  return seen.pop();
}

describe("a sealed card", () => {
  test.each([visa, longUnionPay, "36227206271667", "378282246310005"])(
    "opens to the number that was sealed (%s)",
    (number) => {
      const sealed = vault.seal(handleOf(vault, number), binding);
      expect(opened(sealed.blob, binding)).toBe(number);
    },
  );

  test("has one length whatever the number's, and no digit of the number in it", () => {
    for (const number of [visa, longUnionPay, "36227206271667"]) {
      const sealed = vault.seal(handleOf(vault, number, "987"), binding);
      expect(sealed.blob).toHaveLength(blobBytes);
      expect(Buffer.from(sealed.blob).includes(number.slice(0, 4))).toBe(false);
      expect(Buffer.from(sealed.blob).includes("987")).toBe(false);
    }
  });

  test("is different each time, in nonce and ciphertext", () => {
    const nonces = new Set<string>();
    for (let count = 0; count < 2_000; count++) {
      const handle = handleOf(vault, visa);
      nonces.add(Buffer.from(vault.seal(handle, binding).blob.subarray(5, 17)).toString("hex"));
      vault.ingress.release(handle);
    }
    expect(nonces.size).toBe(2_000);
  });

  test.each<[string, Partial<Binding>]>([
    ["another account", { accountId: "acct_2" }],
    ["an account that has no keys", { accountId: "acct_unknown" }],
    ["live mode", { livemode: true }],
    ["another reference", { reference: "card_2" }],
    [
      "a reference that took a letter from the account",
      { accountId: "acct_", reference: "1card_1" },
    ],
    ["an empty reference", { reference: "" }],
  ])("a sealed card moved to %s does not open", (_, change) => {
    vault.createAccountKeys("acct_2");
    expect(() => opened(blob, { ...binding, ...change })).toThrow(SealBroken);
    expect(opened(blob, binding)).toBe(visa);
  });

  test("a sealed card cut to any length, or longer by a byte, does not open", () => {
    for (let length = 0; length < blob.length; length++) {
      expect(() => opened(blob.subarray(0, length), binding)).toThrow(SealBroken);
    }
    expect(() => opened(Buffer.concat([blob, Buffer.alloc(1)]), binding)).toThrow(SealBroken);
  });

  test("a sealed card with any one bit flipped does not open", () => {
    for (let bit = 0; bit < blob.length * 8; bit++) {
      const changed = Buffer.from(blob);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => opened(changed, binding)).toThrow(SealBroken);
    }
  });

  test("a tag of 4 bytes is refused even where its 4 bytes are right", () => {
    const key = createSecretKey(randomBytes(32));
    const short = createCipheriv("aes-256-gcm", key, Buffer.alloc(12), { authTagLength: 4 });
    const text = short.update(Buffer.alloc(19, "4"));
    short.final();
    const head = Buffer.from([1, 0, 0, 0, 1, ...Buffer.alloc(12)]);
    const forged = Buffer.concat([head, text, short.getAuthTag()]);
    expect(() => openNumber(forged, binding, () => key)).toThrow(SealBroken);
    expect(() => openNumber(Buffer.concat([forged, Buffer.alloc(12)]), binding, () => key)).toThrow(
      SealBroken,
    );
  });

  test("is bound to account and key version themselves, not only by their keys being different", () => {
    const object = createSecretKey(randomBytes(32));
    const sealed = Buffer.from(sealNumber(Buffer.from(visa), binding, { object, version: 1 }));
    expect(openNumber(sealed, binding, () => object).toString()).toBe(visa);
    const elsewhere = { ...binding, accountId: "acct_9" };
    expect(() => openNumber(sealed, elsewhere, () => object)).toThrow(SealBroken);
    sealed.writeUInt32BE(2, 1);
    expect(() => openNumber(sealed, binding, () => object)).toThrow(SealBroken);
  });

  test("that does not open says nothing of the card, its place or the cause", () => {
    const failure = (() => {
      try {
        opened(blob, { ...binding, accountId: "acct_2" });
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(failure).toBeInstanceOf(SealBroken);
    expect((failure as SealBroken).message).toBe(
      "The sealed card does not open under this account, mode and reference.",
    );
    expect((failure as SealBroken).cause).toBeUndefined();
  });

  test("opens from a view into a larger buffer, as a database row gives it", () => {
    const row = Buffer.concat([Buffer.alloc(7, 9), blob, Buffer.alloc(5, 9)]);
    expect(opened(row.subarray(7, 7 + blob.length), binding)).toBe(visa);
  });
});

test("a card whose number is not valid digits cannot be sealed or fingerprinted", () => {
  for (const number of ["4242", "4242424242424242x", "4".repeat(20)]) {
    const handle = handleOf(vault, number);
    expect(() => vault.seal(handle, binding)).toThrow("cannot be sealed");
    expect(() => vault.fingerprint(handle, binding)).toThrow("cannot be sealed");
  }
});
