/**
 * Sorts SQLite's failures into those of the port: a unique violation, storage that cannot take the write, or a bug.
 * SQLite reports them as result codes, of which the low byte is the kind and the rest the detail.
 */
import { StorageError } from "../database.ts";

/** SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE and _ROWID. */
const uniqueCodes = new Set([1555, 2067, 2579]);

/** Kinds in which the disk, the file system or another process is at fault, never the statement. */
const storageKinds: Readonly<Record<number, string>> = {
  5: "another process holds the database",
  6: "a table of the database is locked",
  7: "memory ran out",
  8: "the database is read-only",
  10: "the disk reported an error",
  11: "the database file is damaged",
  13: "the disk is full",
  14: "the database file cannot be opened",
  15: "the locking protocol failed",
  26: "the file is not a database",
};

function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  return uniqueCodes.has(codeOf(error) ?? 0);
}

/** The error of the port for what is not the statement's fault; other errors come back as they are. */
export function asStorageError(error: unknown): unknown {
  // A system call of ours failed: the message names it, its reason and the path.
  if (error instanceof Error && "syscall" in error) return notWritten(error.message, error);
  const reason = storageKinds[(codeOf(error) ?? 0) & 0xff];
  return reason === undefined ? error : notWritten(reason, error);
}

/** @param reason a clause without a full stop. */
export function notWritten(reason: string, cause: unknown): StorageError {
  return new StorageError(`Nothing was written: ${reason}.`, { cause });
}
