/**
 * The accounts' keys: a versioned data key for sealing, a fingerprint key for each mode and a digest key, each random,
 * none derived from another. New keys are durable before they are used, seals are counted against durable reservations,
 * and a data key that reaches its limit is followed by a new version, while the old one still opens.
 */
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Limits } from "../limits.ts";
import type { OpenedKeys } from "./key-directory.ts";
import { type KeyPurpose, type KeyRecord, type KeyRecords, purposeBytes } from "./key-records.ts";
import { keyBytes } from "./root-key.ts";

export type AccountKeys = {
  /** Data keys by version; index 0 is not used. */
  readonly seal: (KeyObject | undefined)[];
  readonly fingerprintTest: KeyObject;
  readonly fingerprintLive: KeyObject;
  readonly digest: KeyObject;
};

/** The keys of one account while they are gathered, and the count of the current data key. */
type LoadedKeys = {
  seal: (KeyObject | undefined)[];
  fixed: Map<KeyPurpose, KeyObject>;
  current: KeyRecord | undefined;
  sealsLeft: number;
  complete: AccountKeys | undefined;
};

const purposesOfAccount: readonly KeyPurpose[] = [
  "seal",
  "fingerprint_test",
  "fingerprint_live",
  "digest",
];

function emptyKeys(): LoadedKeys {
  return { seal: [], fixed: new Map(), current: undefined, sealsLeft: 0, complete: undefined };
}

/** The loaded keys as the account's, once each purpose has one. */
function completed(loaded: LoadedKeys): AccountKeys | undefined {
  const fingerprintTest = loaded.fixed.get("fingerprint_test");
  const fingerprintLive = loaded.fixed.get("fingerprint_live");
  const digest = loaded.fixed.get("digest");
  if (!loaded.current || !fingerprintTest || !fingerprintLive || !digest) return undefined;
  return { seal: loaded.seal, fingerprintTest, fingerprintLive, digest };
}

export class KeyStore {
  readonly #opened: OpenedKeys;
  readonly #limits: Limits;
  readonly #accounts = new Map<string, LoadedKeys>();
  #records: KeyRecords;
  #isClosed = false;

  /** Unwraps every key. Throws one sentence if one was altered, exchanged or is missing. */
  constructor(opened: OpenedKeys, limits: Limits) {
    this.#opened = opened;
    this.#limits = limits;
    this.#records = opened.records;
    for (const record of opened.records.keys) {
      const bytes = opened.root.unwrap(Buffer.from(record.wrapped, "base64"), purposeBytes(record));
      if (bytes === undefined) {
        throw new Error(
          `keys.json is damaged: the wrapped key ${record.id} (${record.purpose}, version ${record.version}) of account ${record.account} was altered or exchanged; restore the file from its backup.`,
        );
      }
      this.#load(record, bytes);
    }
    for (const [accountId, loaded] of this.#accounts) {
      if (loaded.complete !== undefined) continue;
      throw new Error(
        `keys.json is damaged: account ${accountId} lacks a key; restore the file from its backup.`,
      );
    }
  }

  /** The keys of an account, or undefined if it has none. Creates nothing: opening a card must not make keys. */
  find(accountId: string): AccountKeys | undefined {
    return this.#accounts.get(accountId)?.complete;
  }

  /** The keys of an account, made durable first if it has none. */
  get(accountId: string): AccountKeys {
    const found = this.find(accountId);
    if (found !== undefined) return found;
    if (this.#isClosed) throw new Error("The vault is closed.");
    if (accountId === "") throw new Error("An account's keys need the id of the account.");
    this.#add(purposesOfAccount.map((purpose) => this.#newKey(accountId, purpose, 1)));
    return this.get(accountId);
  }

  /** The key under which an account's own secrets are sealed, or undefined if it has none. Creates nothing. */
  findSecretKey(accountId: string): KeyObject | undefined {
    return this.#accounts.get(accountId)?.fixed.get("secret");
  }

  /** The same, made durable first if there is none: accounts from before there were secrets have none. */
  getSecretKey(accountId: string): KeyObject {
    this.get(accountId);
    const found = this.findSecretKey(accountId);
    if (found !== undefined) return found;
    this.#add([this.#newKey(accountId, "secret", 1)]);
    return this.getSecretKey(accountId);
  }

  /** The data key for one more seal, which it counts. Makes a new version when the current one is used up. */
  claimSeal(accountId: string): { keys: AccountKeys; object: KeyObject; version: number } {
    const keys = this.get(accountId);
    const loaded = this.#accounts.get(accountId);
    if (loaded !== undefined && loaded.sealsLeft === 0) this.#reserve(accountId, loaded);
    const version = loaded?.current?.version ?? 0;
    const object = keys.seal[version];
    if (loaded === undefined || object === undefined) {
      throw new Error(`Account ${accountId} has no data key to seal with.`);
    }
    loaded.sealsLeft--;
    return { keys, object, version };
  }

  /** Forgets all keys. */
  close(): void {
    this.#isClosed = true;
    this.#accounts.clear();
  }

  /** Promises more seals to every key that has none left, in one durable write; a used-up key gets a successor. */
  #reserve(accountId: string, loaded: LoadedKeys): void {
    const current = loaded.current as KeyRecord;
    if (current.sealsReserved >= this.#limits.sealsPerKeyMax) {
      this.#add([this.#newKey(accountId, "seal", current.version + 1)]);
      return;
    }
    const waiting = [...this.#accounts.values()].filter((other) => this.#canReserve(other));
    const before = new Map(waiting.map((other) => [other.current, other]));
    const after: [LoadedKeys, KeyRecord, number][] = [];
    const keys = this.#records.keys.map((record) => {
      const owner = before.get(record);
      if (owner === undefined) return record;
      const more = this.#blockAfter(record.sealsReserved);
      const raised = { ...record, sealsReserved: record.sealsReserved + more };
      after.push([owner, raised, more]);
      return raised;
    });
    this.#save({ ...this.#records, keys });
    for (const [owner, raised, more] of after) {
      owner.current = raised;
      owner.sealsLeft = more;
    }
  }

  /** How many more seals the next reservation promises to a key that has this many. */
  #blockAfter(reserved: number): number {
    return Math.min(this.#limits.sealsPerReservation, this.#limits.sealsPerKeyMax - reserved);
  }

  #canReserve(loaded: LoadedKeys): boolean {
    const { current, sealsLeft } = loaded;
    if (current === undefined || sealsLeft > 0) return false;
    return current.sealsReserved < this.#limits.sealsPerKeyMax;
  }

  /** A new random key, wrapped; its bytes are zeroed by `#add`. */
  #newKey(account: string, purpose: KeyPurpose, version: number) {
    const bytes = randomBytes(keyBytes);
    const name = { id: `key_${randomBytes(8).toString("hex")}`, account, purpose, version };
    const wrapped = this.#opened.root.wrap(bytes, purposeBytes(name)).toString("base64");
    const sealsReserved = purpose === "seal" ? this.#blockAfter(0) : 0;
    return { record: { ...name, wrapped, sealsReserved }, bytes };
  }

  /** Makes new keys durable, then usable, in this order. */
  #add(added: readonly { record: KeyRecord; bytes: Buffer }[]): void {
    try {
      const keys = [...this.#records.keys, ...added.map(({ record }) => record)];
      this.#save({ ...this.#records, keys });
      for (const { record, bytes } of added) {
        this.#load(record, bytes);
        const loaded = this.#accounts.get(record.account);
        if (record.purpose === "seal" && loaded) loaded.sealsLeft = record.sealsReserved;
      }
    } finally {
      for (const { bytes } of added) bytes.fill(0);
    }
  }

  #save(records: KeyRecords): void {
    this.#opened.save(records);
    this.#records = records;
  }

  /** Takes a key into use. @param bytes the key, zeroed here: only the key object keeps it. */
  #load(record: KeyRecord, bytes: Buffer): void {
    const object = createSecretKey(bytes);
    bytes.fill(0);
    const loaded = this.#accounts.get(record.account) ?? emptyKeys();
    this.#accounts.set(record.account, loaded);
    if (record.purpose === "seal") {
      loaded.seal[record.version] = object;
      if (record.version > (loaded.current?.version ?? 0)) loaded.current = record;
    } else {
      loaded.fixed.set(record.purpose, object);
    }
    loaded.complete = completed(loaded);
  }
}
