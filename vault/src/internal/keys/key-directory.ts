/**
 * The key store on disk: `root.key` (32 bytes) and `keys.json` (the wrapped keys), both readable by their owner only.
 * Every change is on disk, file and folder synced, before the call returns, and replaces the file whole, so that a
 * crash leaves the old keys or the new, never half of them. Each state that no crash can leave is refused by name.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type KeyRecords, readRecords, rootCheckPurpose, writeRecords } from "./key-records.ts";
import { keyBytes, localRootKey, type RootKey } from "./root-key.ts";

export type OpenedKeys = {
  readonly root: RootKey;
  readonly records: KeyRecords;
  /** Makes a new state of the records durable. Throws, and changes nothing, if that fails. */
  readonly save: (records: KeyRecords) => void;
};

const groupAndOthers = 0o077;
const groupAndOthersWrite = 0o022;
/** Windows has no mode bits worth reading; there the folder's access list is the operator's. */
const hasModes = process.platform !== "win32";

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function syncDirectory(directory: string): void {
  if (!hasModes) return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file that must not exist yet, 0600, and syncs it. A file that could not be written whole is removed. */
function writeNewFile(path: string, bytes: Buffer): void {
  const descriptor = openSync(path, "wx", 0o600);
  let isWritten = false;
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
    isWritten = true;
  } finally {
    closeSync(descriptor);
    if (!isWritten) unlinkSync(path);
  }
}

const temporarySuffix = ".tmp";

/** Writes beside `path` under a name of its own, so that what a killed process left behind is never in the way. */
function writeBeside(path: string, text: string): string {
  const temporary = `${path}.${randomBytes(6).toString("hex")}${temporarySuffix}`;
  writeNewFile(temporary, Buffer.from(text));
  return temporary;
}

/** Removes what a process killed during a write left behind. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith("keys.json.") && name.endsWith(temporarySuffix)) {
      unlinkSync(join(directory, name));
    }
  }
}

function refuseOpenModes(path: string, stats: Stats, forbidden: number): void {
  if (!hasModes || (stats.mode & forbidden) === 0) return;
  const mode = stats.isDirectory() ? "700" : "600";
  throw new Error(
    `${path} may be accessed by other users of this machine: run "chmod ${mode} ${path}" and start again.`,
  );
}

/** Creates a new, empty key store: the records first, then the root key, so that no half-made store holds a card. */
function create(directory: string, paths: { root: string; keys: string }): KeyRecords {
  const bytes = randomBytes(keyBytes);
  const kept = Buffer.from(bytes);
  try {
    const rootCheck = localRootKey(bytes).wrap(Buffer.alloc(keyBytes), rootCheckPurpose);
    const records: KeyRecords = { rootCheck: rootCheck.toString("base64"), keys: [] };
    const temporary = writeBeside(paths.keys, writeRecords(records));
    try {
      linkSync(temporary, paths.keys);
    } finally {
      unlinkSync(temporary);
    }
    syncDirectory(directory);
    writeNewFile(paths.root, kept);
    syncDirectory(directory);
    return records;
  } finally {
    kept.fill(0);
  }
}

/** Reads the records, creating the store if there is none. Throws one sentence naming the file and the remedy. */
function load(directory: string, paths: { root: string; keys: string }): KeyRecords {
  const rootStats = statOf(paths.root);
  const keysStats = statOf(paths.keys);
  if (rootStats !== undefined) refuseOpenModes(paths.root, rootStats, groupAndOthers);
  if (keysStats === undefined) {
    if (rootStats === undefined) return create(directory, paths);
    throw new Error(
      `${paths.keys} is missing although ${paths.root} is there: restore it from its backup, or, if no card was ever sealed with it, remove ${paths.root} to begin anew.`,
    );
  }
  refuseOpenModes(paths.keys, keysStats, groupAndOthers);
  const records = readRecords(readFileSync(paths.keys, "utf8"));
  if (records === undefined) {
    throw new Error(`${paths.keys} is damaged: restore it from its backup.`);
  }
  if (rootStats?.size === keyBytes) return records;
  if (records.keys.length > 0) {
    throw new Error(
      `${paths.root} is missing or not ${keyBytes} bytes long, but ${paths.keys} holds keys wrapped by it: restore it from its backup.`,
    );
  }
  // A first start that was killed before its root key was whole: no key was made, so nothing is lost by beginning anew.
  if (rootStats !== undefined) unlinkSync(paths.root);
  unlinkSync(paths.keys);
  return create(directory, paths);
}

/** Differs when the file was replaced. */
function identityOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
}

/** Replaces the records on disk, refusing if another process replaced them since this one last did. */
function saver(directory: string, path: string): (records: KeyRecords) => void {
  let seen = identityOf(path);
  return (records) => {
    if (identityOf(path) !== seen) {
      throw new Error(
        `${path} was changed by another process: only one process may use a key directory; stop the other one.`,
      );
    }
    const temporary = writeBeside(path, writeRecords(records));
    try {
      renameSync(temporary, path);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
    seen = identityOf(path);
    syncDirectory(directory);
  };
}

/** Opens the key store of a directory, creating it at first use. Throws one sentence naming the file and the remedy. */
export function openKeyDirectory(directory: string): OpenedKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  refuseOpenModes(directory, statSync(directory), groupAndOthersWrite);
  const paths = { root: join(directory, "root.key"), keys: join(directory, "keys.json") };
  removeLeftovers(directory);
  const records = load(directory, paths);
  return { root: rootOf(paths, records), records, save: saver(directory, paths.keys) };
}

function rootOf(paths: { root: string; keys: string }, records: KeyRecords): RootKey {
  const root = localRootKey(readFileSync(paths.root));
  const check = root.unwrap(Buffer.from(records.rootCheck, "base64"), rootCheckPurpose);
  if (check === undefined) {
    throw new Error(
      `${paths.root} is not the root key that wrapped ${paths.keys}: restore the two from one backup.`,
    );
  }
  return root;
}

export type ReadKeys = {
  /** The keys as they are on disk now. */
  readonly read: () => Pick<OpenedKeys, "root" | "records">;
  /** Whether they were replaced since they were read last. */
  readonly hasChanged: () => boolean;
};

/** The key store of a directory that another process has, for reading. Throws one sentence where there is none. */
export function readKeyDirectory(directory: string): ReadKeys {
  const paths = { root: join(directory, "root.key"), keys: join(directory, "keys.json") };
  for (const path of [paths.root, paths.keys]) {
    const stats = statOf(path);
    if (stats === undefined) {
      throw new Error(
        `${path} is not there: start a server on this data directory first, and give both the same one.`,
      );
    }
    refuseOpenModes(path, stats, groupAndOthers);
  }
  let seen = "";
  return {
    hasChanged: () => identityOf(paths.keys) !== seen,
    read: () => {
      seen = identityOf(paths.keys);
      const records = readRecords(readFileSync(paths.keys, "utf8"));
      if (records === undefined) {
        throw new Error(`${paths.keys} is damaged: restore it from its backup.`);
      }
      return { records, root: rootOf(paths, records) };
    },
  };
}

/** A key store that dies with the process. */
export function openMemoryKeys(): OpenedKeys {
  const root = localRootKey(randomBytes(keyBytes));
  return { root, records: { rootCheck: "", keys: [] }, save: () => undefined };
}
