/**
 * Opens accounts' secrets, and nothing else, from the key directory of a server that runs beside it. It writes nothing,
 * makes no keys and holds none that a card was ever sealed with; a key that the server made meanwhile is read when it
 * is first needed.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { readKeyDirectory } from "../keys/key-directory.ts";
import { purposeBytes } from "../keys/key-records.ts";
import type { Binding } from "./sealed-card.ts";
import { openSecret } from "./sealed-secret.ts";

export interface SecretReader {
  /** @throws SealBroken when the blob is not what the server sealed for this account, mode and reference. */
  open(blob: Uint8Array, binding: Binding): string;
  /** Forgets all keys. */
  close(): void;
}

/** @throws one sentence when the directory holds no keys, or may be read by other users. */
export function openSecretReader(directory: string): SecretReader {
  const keys = readKeyDirectory(directory);
  const known = new Map<string, KeyObject>();
  const load = (): void => {
    const { records, root } = keys.read();
    for (const record of records.keys) {
      if (record.purpose !== "secret" || known.has(record.account)) continue;
      const bytes = root.unwrap(Buffer.from(record.wrapped, "base64"), purposeBytes(record));
      if (bytes === undefined) {
        throw new Error(
          `keys.json is damaged: the wrapped key ${record.id} of account ${record.account} was altered or exchanged; restore the file from its backup.`,
        );
      }
      known.set(record.account, createSecretKey(bytes));
      bytes.fill(0);
    }
  };
  load();
  return {
    close: () => known.clear(),
    open: (blob, binding) => {
      if (!known.has(binding.accountId) && keys.hasChanged()) load();
      return openSecret(blob, binding, known.get(binding.accountId));
    },
  };
}
