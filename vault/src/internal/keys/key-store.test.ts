/** The guarantees of the accounts' keys: bound to their account, purpose and version, counted, and followed in time. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cardSlots } from "../egress/request-filling.ts";
import { defaultLimits } from "../limits.ts";
import { SealBroken } from "../sealing/sealed-card.ts";
import { handleOf, numberIn, openTestVault, visa, withDirectory } from "../test-vault.ts";
import type { Vault } from "../vault.ts";
import { openKeyDirectory, openMemoryKeys } from "./key-directory.ts";
import { type KeyRecord, purposeBytes } from "./key-records.ts";
import { KeyStore } from "./key-store.ts";

const binding = { accountId: "acct_1", livemode: false, reference: "card_1" };

function recordsOf(directory: string): { keys: KeyRecord[] } {
  return JSON.parse(readFileSync(join(directory, "keys.json"), "utf8"));
}

/** Rewrites the wrapped keys as somebody with access to the file could. */
function tamper(directory: string, change: (keys: KeyRecord[]) => KeyRecord[]): void {
  const records = recordsOf(directory);
  const keys = change(records.keys);
  writeFileSync(join(directory, "keys.json"), JSON.stringify({ ...records, keys }));
}

/** Exchanges the wrapped bytes of the two keys that the predicates choose. */
function exchange(
  keys: KeyRecord[],
  isFirst: (key: KeyRecord) => boolean,
  isSecond: (key: KeyRecord) => boolean,
): KeyRecord[] {
  const first = keys.find(isFirst);
  const second = keys.find(isSecond);
  if (first === undefined || second === undefined) throw new Error("The key is not there.");
  return keys.map((key) => {
    if (key === first) return { ...key, wrapped: second.wrapped };
    return key === second ? { ...key, wrapped: first.wrapped } : key;
  });
}

function createTwoAccounts(directory: string): void {
  const { vault } = openTestVault({ directory });
  vault.createAccountKeys("acct_1");
  vault.createAccountKeys("acct_2");
  vault.close();
}

function sealOnce(vault: Vault): { blob: Uint8Array; keyVersion: number } {
  const handle = handleOf(vault, visa);
  const sealed = vault.seal(handle, binding);
  vault.ingress.release(handle);
  return sealed;
}

function opens(vault: Vault, sealed: Uint8Array): boolean {
  const name = `echo ${Math.random()}`;
  let received = "";
  vault.egress.allow({
    name,
    transport: ({ body }) => {
      received = numberIn(body);
      return { status: 200, body: null };
    },
  });
  const request = { method: "POST", path: "/", body: { number: cardSlots.number } };
  vault.egress.sendNow({ destination: name, card: { sealed, binding }, request });
  return received === visa;
}

describe("a wrapped key", () => {
  test.each<[string, (keys: KeyRecord[]) => KeyRecord[]]>([
    [
      "exchanged between two accounts",
      (keys) =>
        exchange(
          keys,
          (key) => key.account === "acct_1" && key.purpose === "seal",
          (key) => key.account === "acct_2" && key.purpose === "seal",
        ),
    ],
    [
      "exchanged between two purposes",
      (keys) =>
        exchange(
          keys,
          (key) => key.account === "acct_1" && key.purpose === "fingerprint_test",
          (key) => key.account === "acct_1" && key.purpose === "fingerprint_live",
        ),
    ],
    [
      "given to another account",
      (keys) => keys.map((key) => ({ ...key, account: `${key.account}x` })),
    ],
    ["given another version", (keys) => keys.map((key) => ({ ...key, version: key.version + 1 }))],
    ["given another id", (keys) => keys.map((key) => ({ ...key, id: `${key.id}0` }))],
    [
      "changed in one bit",
      (keys) =>
        keys.map((key) => {
          const bytes = Buffer.from(key.wrapped, "base64");
          bytes[20] = (bytes[20] as number) ^ 1;
          return { ...key, wrapped: bytes.toString("base64") };
        }),
    ],
    ["cut short", (keys) => keys.map((key) => ({ ...key, wrapped: key.wrapped.slice(0, -4) }))],
  ])("%s is refused when the vault opens", (_, change) => {
    withDirectory((directory) => {
      createTwoAccounts(directory);
      tamper(directory, change);
      expect(() => openTestVault({ directory })).toThrow(
        /was altered or exchanged; restore the file/,
      );
    });
  });

  test.each<[string, (keys: KeyRecord[]) => KeyRecord[]]>([
    ["missing", (keys) => keys.filter((key) => key.purpose !== "digest")],
    ["there twice", (keys) => [...keys, keys[0] as KeyRecord]],
    ["of no known purpose", (keys) => keys.map((key) => ({ ...key, purpose: "other" as "seal" }))],
    ["without a count", (keys) => keys.map((key) => ({ ...key, sealsReserved: -1 }))],
  ])("%s is refused when the vault opens", (_, change) => {
    withDirectory((directory) => {
      createTwoAccounts(directory);
      tamper(directory, change);
      expect(() => openTestVault({ directory })).toThrow(/keys\.json is damaged/);
    });
  });

  test("is not the key: no data key's own bytes are in the key directory in any encoding", () => {
    withDirectory((directory) => {
      createTwoAccounts(directory);
      const { root, records } = openKeyDirectory(directory);
      const file = readFileSync(join(directory, "keys.json"));
      expect(records.keys).toHaveLength(8);
      const seen = new Set<string>();
      for (const record of records.keys) {
        const key = root.unwrap(Buffer.from(record.wrapped, "base64"), purposeBytes(record));
        if (key === undefined) throw new Error("The key does not unwrap.");
        seen.add(key.toString("hex"));
        for (const form of [
          key,
          key.toString("hex"),
          key.toString("base64"),
          key.toString("base64url"),
        ]) {
          expect(file.includes(form)).toBe(false);
          expect(readFileSync(join(directory, "root.key")).includes(form)).toBe(false);
        }
      }
      expect(seen.size).toBe(8);
    });
  });
});

describe("a data key", () => {
  const limits = { sealsPerKeyMax: 6, sealsPerReservation: 2 };

  test("that made its last seal is followed by a new version, and cards of every version open", () => {
    withDirectory((directory) => {
      const { vault } = openTestVault({ directory, limits });
      const sealed = Array.from({ length: 13 }, () => sealOnce(vault));
      expect(sealed.map(({ keyVersion }) => keyVersion)).toEqual([
        1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3,
      ]);
      vault.close();
      const { vault: later } = openTestVault({ directory, limits });
      for (const { blob } of sealed) expect(opens(later, blob)).toBe(true);
      later.close();
    });
  });

  test("does not open a card whose version was changed to another one that exists", () => {
    const { vault } = openTestVault({ limits });
    const first = Array.from({ length: 7 }, () => sealOnce(vault))[0]?.blob;
    const moved = Buffer.from(first ?? []);
    moved.writeUInt32BE(2, 1);
    expect(() => opens(vault, moved)).toThrow(SealBroken);
    moved.writeUInt32BE(9, 1);
    expect(() => opens(vault, moved)).toThrow(SealBroken);
    moved.writeUInt32BE(1, 1);
    expect(opens(vault, moved)).toBe(true);
    vault.close();
  });

  test("never makes more seals than are reserved on disk, whenever the process is killed", () => {
    withDirectory((directory) => {
      let made = 0;
      for (let start = 0; start < 4; start++) {
        // Not closed: as if killed here, so a reservation that was not used up counts as used.
        const { vault } = openTestVault({ directory, limits });
        made += sealOnce(vault).keyVersion === 1 ? 1 : 0;
        const reserved = recordsOf(directory).keys.find((key) => key.purpose === "seal");
        expect(reserved?.sealsReserved).toBeGreaterThanOrEqual(made);
        vault.close();
      }
      expect(made).toBe(3);
      const versions = recordsOf(directory).keys.filter((key) => key.purpose === "seal");
      expect(versions.map(({ version, sealsReserved }) => [version, sealsReserved])).toEqual([
        [1, 6],
        [2, 2],
      ]);
    });
  });

  test("of each account is reserved for in one write, so a restart costs one write and not one an account", () => {
    withDirectory((directory) => {
      createTwoAccounts(directory);
      const { vault } = openTestVault({ directory });
      sealOnce(vault);
      const written = readFileSync(join(directory, "keys.json"), "utf8");
      vault.seal(handleOf(vault, visa), { ...binding, accountId: "acct_2" });
      expect(readFileSync(join(directory, "keys.json"), "utf8")).toBe(written);
      vault.close();
    });
  });
});

test("a key that could not be made durable is not used, and is made when it can be", () => {
  let isDiskFull = true;
  const opened = openMemoryKeys();
  const save = () => {
    if (isDiskFull) throw new Error("No space left on device.");
  };
  const store = new KeyStore({ ...opened, save }, defaultLimits);
  expect(() => store.claimSeal("acct_1")).toThrow("No space left");
  expect(store.find("acct_1")).toBeUndefined();
  isDiskFull = false;
  expect(store.claimSeal("acct_1").version).toBe(1);
});

test("a reservation that could not be made durable promises no seal", () => {
  let isDiskFull = false;
  const save = () => {
    if (isDiskFull) throw new Error("No space left on device.");
  };
  const limits = { ...defaultLimits, sealsPerReservation: 2, sealsPerKeyMax: 4 };
  const store = new KeyStore({ ...openMemoryKeys(), save }, limits);
  store.claimSeal("acct_1");
  store.claimSeal("acct_1");
  isDiskFull = true;
  expect(() => store.claimSeal("acct_1")).toThrow("No space left");
  expect(() => store.claimSeal("acct_1")).toThrow("No space left");
  isDiskFull = false;
  expect([1, 2, 3].map(() => store.claimSeal("acct_1").version)).toEqual([1, 1, 2]);
});

test("opening a card of an unknown account makes no keys for it", () => {
  withDirectory((directory) => {
    const { vault } = openTestVault({ directory });
    const { blob } = sealOnce(vault);
    const elsewhere = { ...binding, accountId: "acct_other" };
    vault.egress.allow({ name: "none", transport: () => ({ status: 200, body: null }) });
    const request = { method: "POST", path: "/", body: { number: cardSlots.number } };
    const card = { sealed: blob, binding: elsewhere };
    expect(() => vault.egress.sendNow({ destination: "none", card, request })).toThrow(SealBroken);
    expect(recordsOf(directory).keys.some((key) => key.account === "acct_other")).toBe(false);
    vault.close();
  });
});
