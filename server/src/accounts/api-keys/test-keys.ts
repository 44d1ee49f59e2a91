/**
 * The first account's test keys: the same at every start. They are kept in the data directory, readable by the owner
 * only, or given by the operator; live keys are never written anywhere.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "../../context.ts";
import { registerKey } from "./create.ts";
import { accountOfKey, digestOfKey, type KeyPrefix, newKeyText, prefixOf } from "./key-text.ts";
import { keyByDigest } from "./store.ts";

export interface TestKeys {
  readonly secretKey: string;
  readonly publishableKey: string;
}

/** How the keys that the server keeps for itself are named among all keys. */
export const keptKeyName = "kept by the server";

const secret: KeyPrefix = { kind: "secret", livemode: false };
const publishable: KeyPrefix = { kind: "publishable", livemode: false };

/**
 * @param given keys that the operator chose; null where the server keeps its own.
 * @param directory the data directory; null when nothing is written, then own keys last as long as the process.
 */
export async function openTestKeys(
  platform: Platform,
  about: {
    readonly accountId: string;
    readonly given: { readonly secretKey: string | null; readonly publishableKey: string | null };
    readonly directory: string | null;
  },
): Promise<TestKeys> {
  const { accountId, given } = about;
  const own = openOwnKeys(platform, accountId, about.directory);
  const keys: TestKeys = {
    publishableKey: given.publishableKey ?? own.publishableKey,
    secretKey: given.secretKey ?? own.secretKey,
  };
  await register(platform, accountId, keys.secretKey);
  await register(platform, accountId, keys.publishableKey);
  return keys;
}

/** The server's own keys: those of the file, or new ones, which the file then keeps. */
function openOwnKeys(platform: Platform, accountId: string, directory: string | null): TestKeys {
  const kept = directory === null ? undefined : readOwnKeys(fileIn(directory), accountId);
  if (kept !== undefined) return kept;
  const made: TestKeys = {
    publishableKey: newKeyText(platform.ids, accountId, publishable),
    secretKey: newKeyText(platform.ids, accountId, secret),
  };
  if (directory !== null) writeOwnKeys(fileIn(directory), made);
  return made;
}

const fileIn = (directory: string): string => join(directory, "test-keys.json");

/** Undefined when there are none, or they belong to another database's account. */
function readOwnKeys(file: string, accountId: string): TestKeys | undefined {
  if (!existsSync(file)) return undefined;
  const stored = parsed(readFileSync(file, "utf8"));
  const { secret_key: secretKey, publishable_key: publishableKey } = stored ?? {};
  if (typeof secretKey !== "string" || typeof publishableKey !== "string") {
    throw new Error(
      `The file ${file} does not hold the test keys any more: restore it, or delete it for new ones.`,
    );
  }
  return accountOfKey(secretKey) === accountId ? { publishableKey, secretKey } : undefined;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: a start that is killed meanwhile leaves no half of a file for the next one. */
function writeOwnKeys(file: string, keys: TestKeys): void {
  const stored = { publishable_key: keys.publishableKey, secret_key: keys.secretKey };
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(stored, null, 2)}\n`, { flush: true, mode: 0o600 });
  renameSync(partial, file);
}

async function register(platform: Platform, accountId: string, key: string): Promise<void> {
  const claim = prefixOf(key);
  if (claim === undefined || claim.livemode) throw new Error("only a test key is kept");
  const [known] = await platform.database.committed.select(keyByDigest, {
    accountId,
    digest: digestOfKey(key),
  });
  if (known !== undefined) return;
  await platform.database.transact(async (tx) =>
    registerKey(tx, platform, { accountId, claim: { ...claim, name: keptKeyName }, key }),
  );
}
