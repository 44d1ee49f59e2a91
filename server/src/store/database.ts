/**
 * The storage port: all that the rest of the server knows of a database. Both engines keep the same promises, proved
 * by one conformance suite: a transaction commits whole or not at all, its promise resolves only after the commit is
 * on disk, reads in it see its own writes, and two transactions that read and change the same row never both win.
 */
import type { EmittedEvent } from "../core/events.ts";
import type { Query } from "./query.ts";
import type { Key, Row, Table } from "./table.ts";

export interface Database {
  readonly dialect: "sqlite" | "postgres";

  /** Committed state only, as of each call. Never sees the writer's unfinished work. */
  readonly committed: Reader;

  /**
   * Runs `body` as one atomic, durable unit and resolves with its result after the sync.
   *
   * The body may be run again (lost compare-and-swap, serialization failure, deadlock; at most 5 runs, then
   * {@link ContentionError}), so it has no side effect outside `tx`, and it awaits nothing but `tx`: a body that waits
   * for anything else is refused with an assertion, because other transactions share its commit.
   *
   * @throws UniqueViolation when an insert meets an existing row. Nothing of the transaction is kept.
   */
  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T>;

  /** Waits for what is under way, then releases files, connections and locks. */
  close(): Promise<void>;
}

export interface Reader {
  get<T extends Table>(table: T, key: Key<T>): Promise<Row<T> | undefined>;
  select<Params extends object, Result>(
    query: Query<Params, Result>,
    params: Params,
  ): Promise<Result[]>;
}

/**
 * A unit of work. Writes are collected and flushed together: before the commit, or before a `select` that must see
 * them. `get` and `select` return the transaction's own view.
 */
export interface Transaction extends Reader {
  insert<T extends Table>(table: T, row: Row<T>): void;
  /** Compare-and-swap on `row.version` where the table has one. Returns the row as it will stand. */
  update<T extends Table>(table: T, row: Row<T>, changes: Partial<Row<T>>): Row<T>;
  remove<T extends Table>(table: T, row: Row<T>): void;
  /** A change of a set of rows (sweeps, folds). Returns how many rows it touched. */
  execute<Params extends object>(statement: Query<Params, never>, params: Params): Promise<number>;
  /** Holds a named lock until the end of the transaction: for rules over a set of rows. */
  lock(name: string): Promise<void>;
  /** Collects an event; the hook given to the database turns it into rows of this same transaction. */
  emit(event: EmittedEvent): void;
  /** The event emitted in this transaction that holds this very array of values; undefined when none does. */
  emittedWith(values: readonly unknown[]): EmittedEvent | undefined;
  /**
   * Has `tell` called when the transaction is durable, before its promise resolves; never for a run that was undone. A
   * crash may come first, so it is for hints in memory only: what must happen is a row. It does not throw.
   */
  afterCommit(tell: () => void): void;
}

/** What the composition root hangs on emitted events: it writes their rows, and later their deliveries. */
export type EventHook = (tx: Transaction, events: readonly EmittedEvent[]) => Promise<void>;

/** An insert met a row that is already there. `table` names where. */
export class UniqueViolation extends Error {
  readonly table: string;
  constructor(table: string, options?: ErrorOptions) {
    super(`a row of ${table} with this key already exists`, options);
    this.name = "UniqueViolation";
    this.table = table;
  }
}

/** The same rows were changed by others in every one of the runs of a transaction. */
export class ContentionError extends Error {
  constructor(options?: ErrorOptions) {
    super("the transaction lost to concurrent ones in each of its runs", options);
    this.name = "ContentionError";
  }
}

/** The database could not make the write durable (disk full, I/O error, connection lost). Nothing is half-written. */
export class StorageError extends Error {
  /** Whether the write may have been kept all the same: the connection was lost while it was being committed. */
  readonly mayHaveHappened: boolean;
  constructor(message: string, options?: ErrorOptions & { readonly mayHaveHappened?: boolean }) {
    super(message, options);
    this.name = "StorageError";
    this.mayHaveHappened = options?.mayHaveHappened ?? false;
  }
}

/** Another server has the data. The message is the sentence for the operator. */
export class StorageLocked extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageLocked";
  }
}
