/**
 * An account's own secrets: what was sealed opens for its account, mode and reference, and for nothing else.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openVault } from "../vault.ts";
import { SealBroken } from "./sealed-card.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { force: true, recursive: true });
});

function open(directory: string | null = null) {
  return openVault({ directory, monotonicNow: () => performance.now(), testCards: new Map() });
}

const binding = { accountId: "acct_a", livemode: false, reference: "we_1" };
const secret = "whsec_c2VjcmV0IG9mIHRoaXMgZW5kcG9pbnQgb25seSEhISE=";

test("a sealed secret opens again, and its bytes do not hold it", () => {
  const vault = open();
  const blob = vault.secrets.seal(secret, binding);
  expect(Buffer.from(blob).includes(secret.slice(6, 20))).toBe(false);
  expect(vault.secrets.open(blob, binding)).toBe(secret);
  expect(Buffer.from(vault.secrets.seal(secret, binding)).equals(blob)).toBe(false);
  vault.close();
});

test.each([
  ["another account", { accountId: "acct_b" }],
  ["the other mode", { livemode: true }],
  ["another endpoint", { reference: "we_2" }],
])("a sealed secret moved to %s does not open", (_, other) => {
  const vault = open();
  const blob = vault.secrets.seal(secret, binding);
  vault.secrets.seal(secret, { ...binding, ...other });
  expect(() => vault.secrets.open(blob, { ...binding, ...other })).toThrow(SealBroken);
  vault.close();
});

test("a sealed secret with any one byte changed, or cut to any length, does not open", () => {
  const vault = open();
  const blob = vault.secrets.seal(secret, binding);
  for (let at = 0; at < blob.length; at++) {
    const changed = Uint8Array.from(blob);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => vault.secrets.open(changed, binding)).toThrow(SealBroken);
    expect(() => vault.secrets.open(blob.subarray(0, at), binding)).toThrow(SealBroken);
  }
  vault.close();
});

test("a secret opens after a restart, and an account from before there were secrets gets its key", () => {
  const folder = mkdtempSync(join(tmpdir(), "istripe-secret-"));
  folders.push(folder);
  const first = open(join(folder, "vault"));
  first.createAccountKeys("acct_a");
  first.close();
  const second = open(join(folder, "vault"));
  const blob = second.secrets.seal(secret, binding);
  second.close();
  const third = open(join(folder, "vault"));
  expect(third.secrets.open(blob, binding)).toBe(secret);
  third.close();
});

test("what opens nothing makes no key", () => {
  const vault = open();
  expect(() => vault.secrets.open(new Uint8Array(64), binding)).toThrow(SealBroken);
  vault.close();
});
