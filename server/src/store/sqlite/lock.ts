/**
 * One process per data directory. The lock is SQLite's own exclusive lock on a file of its own, which the operating
 * system releases however the holder dies; a lock file with a process id would have to guess.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageLocked } from "../database.ts";

/** SQLite's result code SQLITE_BUSY. */
const busy = 5;

export interface DirectoryLock {
  release(): void;
}

/**
 * Takes the lock of an existing data directory until it is released or the process ends.
 *
 * @throws StorageLocked when another process has it; a system error when the directory cannot be used.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, "istripe.lock"), { timeout: 0 });
  try {
    database.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    database.close();
    // A full or read-only disk is no other process, and saying so would send the operator the wrong way.
    if ((error as { errcode?: unknown }).errcode !== busy) throw error;
    throw new StorageLocked(
      `Another iStripe uses the data directory ${directory}: stop it, or choose another with --data-dir.`,
      { cause: error },
    );
  }
  return { release: () => database.close() };
}
