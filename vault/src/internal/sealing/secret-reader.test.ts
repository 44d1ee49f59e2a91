/**
 * A process beside the server opens secrets under the server's keys and nothing more: it makes no keys, writes nothing,
 * and finds those that the server made since.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openVault, type Vault } from "../vault.ts";
import { SealBroken } from "./sealed-card.ts";
import { openSecretReader } from "./secret-reader.ts";

let directory: string;
let vault: Vault;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "istripe-secrets-"));
  vault = openVault({
    directory,
    monotonicNow: () => performance.now(),
    testCards: new Map(),
  });
});
afterEach(() => {
  vault.close();
  rmSync(directory, { force: true, recursive: true });
});

const binding = (accountId: string) => ({ accountId, livemode: false, reference: "we_a" });
const files = () =>
  readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "hex")]);

test("a secret that the vault sealed opens beside it, and the directory stays as it is", () => {
  const sealed = vault.secrets.seal("whsec_a", binding("acct_a"));
  const before = files();
  const reader = openSecretReader(directory);
  expect(reader.open(sealed, binding("acct_a"))).toBe("whsec_a");
  expect(files()).toEqual(before);
  reader.close();
});

test("a secret of an account that came later opens too", () => {
  const reader = openSecretReader(directory);
  const sealed = vault.secrets.seal("whsec_b", binding("acct_b"));
  expect(reader.open(sealed, binding("acct_b"))).toBe("whsec_b");
});

test("a secret that was moved to another account, or whose account has no key, does not open", () => {
  const sealed = vault.secrets.seal("whsec_a", binding("acct_a"));
  vault.secrets.seal("whsec_b", binding("acct_b"));
  const reader = openSecretReader(directory);
  expect(() => reader.open(sealed, binding("acct_b"))).toThrow(SealBroken);
  expect(() => reader.open(sealed, binding("acct_none"))).toThrow(SealBroken);
});

test("nothing opens once it is closed", () => {
  const sealed = vault.secrets.seal("whsec_a", binding("acct_a"));
  const reader = openSecretReader(directory);
  reader.close();
  expect(() => reader.open(sealed, binding("acct_a"))).toThrow(SealBroken);
});

test("a directory without keys is refused and stays empty", () => {
  const empty = mkdtempSync(join(tmpdir(), "istripe-secrets-"));
  expect(() => openSecretReader(empty)).toThrow(/start a server on this data directory first/);
  expect(readdirSync(empty)).toEqual([]);
  rmSync(empty, { recursive: true });
});
