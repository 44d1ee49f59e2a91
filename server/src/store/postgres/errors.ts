/**
 * Sorts PostgreSQL's failures into those of the port, by SQLSTATE. Whatever is passed on is stripped of the detail
 * that PostgreSQL adds, because it quotes the values of the row.
 */
import { DatabaseError } from "pg";
import { ContentionError, StorageError, UniqueViolation } from "../database.ts";
import { LostUpdate } from "../unit-of-work.ts";

/** serialization_failure and deadlock_detected: the transaction may run again. */
const rerunStates = new Set(["40001", "40P01"]);

/**
 * Connection, resources, operator, system and internal errors; and the read-only state of a server that was primary.
 */
const storageStates = /^(?:08|53|57|58|F0|XX|25006)/;

export const outcomeUnknown =
  "The connection was lost during the commit: whether the write was kept is not known.";

/** What the driver says when there was no answer of the server: the connection failed, or was never there. */
class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "ConnectionLost";
  }
}

/** @param error as the driver threw it. A value that could not be decoded is no failure of the connection. */
export function driverError(error: unknown): unknown {
  const isAnswer = error instanceof DatabaseError || error instanceof RangeError;
  return isAnswer ? error : new ConnectionLost(error);
}

/**
 * @param error as queries.ts threw it; what is neither of PostgreSQL nor of the connection comes back as it is.
 * @param isCommitting whether the failed statement was the one that commits.
 */
export function portError(error: unknown, isCommitting: boolean): unknown {
  if (error instanceof ConnectionLost) return lost(error, isCommitting);
  if (!(error instanceof DatabaseError)) return error;
  const { code = "" } = error;
  error.detail = undefined;
  error.where = undefined;
  if (code === "23505") return new UniqueViolation(error.table ?? "a table", { cause: error });
  if (rerunStates.has(code)) return new LostUpdate({ cause: error });
  if (code === "55P03") return new ContentionError({ cause: error });
  // An operator who ends the session may do so after the commit has become durable.
  if (isCommitting && code.startsWith("57P")) return lost(error, true);
  if (storageStates.test(code)) {
    return new StorageError(`Nothing was written: PostgreSQL reported ${error.message}.`, {
      cause: error,
    });
  }
  return error;
}

function lost(cause: Error, isCommitting: boolean): StorageError {
  const message = isCommitting
    ? outcomeUnknown
    : `Nothing was written: the connection to PostgreSQL failed (${cause.message}).`;
  return new StorageError(message, { cause, mayHaveHappened: isCommitting });
}

/** Whether the connection is of no further use. */
export function endsConnection(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  return error instanceof DatabaseError && /^(?:08|57P)/.test(error.code ?? "");
}
