/**
 * One transaction as a body sees it, the same on both engines: an identity map of the rows read and written, writes
 * that are collected, merged and flushed together, and emitted events that become rows before the last flush. How
 * often a body happens to flush never changes what is stored.
 */
import type { EmittedEvent } from "../core/events.ts";
import { type AnyRow, codecOf } from "./codec.ts";
import { type EventHook, type Transaction, UniqueViolation } from "./database.ts";
import type { Dialect, Query } from "./query.ts";
import type { Key, Row, Table } from "./table.ts";

/** One collected change of one row. */
export interface Write {
  readonly table: Table;
  readonly kind: "insert" | "update" | "remove";
  /** The row as it will stand; for a removal, as it stood. */
  readonly row: AnyRow;
  /** The columns that an update sets. */
  readonly changed: readonly string[];
  /** The version that the stored row must have; null where the table has none. */
  readonly expectedVersion: number | null;
}

/** What an engine does for a unit of work. A session of SQLite answers at once; one of PostgreSQL waits. */
export interface Session {
  readonly dialect: Dialect;
  load(table: Table, key: AnyRow): AnyRow | undefined | Promise<AnyRow | undefined>;
  select(query: Query<object, unknown>, params: object): unknown[] | Promise<unknown[]>;
  execute(statement: Query<object, never>, params: object): number | Promise<number>;
  lock(name: string): void | Promise<void>;
  /** @throws LostUpdate, UniqueViolation. `isLast` says that only the commit follows. */
  flush(writes: readonly Write[], isLast: boolean): void | Promise<void>;
}

/** A compare-and-swap met another version: the body must run again on what is stored now. */
export class LostUpdate extends Error {
  constructor(options?: ErrorOptions) {
    super("a row changed since it was read", options);
    this.name = "LostUpdate";
  }
}

/** How often a body is run before its transaction gives up with a ContentionError. */
export const runCountMax = 5;

interface Entry {
  readonly table: Table;
  readonly keyText: string;
  /** The row as the transaction sees it; undefined once removed. */
  row: AnyRow | undefined;
  write: Write | undefined;
}

export class UnitOfWork implements Transaction {
  readonly #session: Session;
  readonly #onEvents: EventHook;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Set<Entry>();
  #events: EmittedEvent[] = [];
  readonly #toTell: (() => void)[] = [];
  #failure: unknown;
  /** Resolves when the last change that was asked for has been made or has failed. */
  #changing: Promise<void> | undefined;
  #hasEnded = false;

  constructor(session: Session, onEvents: EventHook) {
    this.#session = session;
    this.#onEvents = onEvents;
  }

  async get<T extends Table>(table: T, key: Key<T>): Promise<Row<T> | undefined> {
    this.#assertOpen();
    const keyText = this.#keyText(table, key);
    const known = this.#entries.get(keyText);
    if (known !== undefined) return known.row as Row<T> | undefined;
    const row = await this.#ask(() => this.#session.load(table, key));
    // A write of the same row may have come while the read was under way: it is the newer view.
    const meanwhile = this.#entries.get(keyText);
    if (meanwhile !== undefined) return meanwhile.row as Row<T> | undefined;
    if (row !== undefined) this.#entries.set(keyText, { keyText, row, table, write: undefined });
    return row as Row<T> | undefined;
  }

  async select<Params extends object, Result>(
    query: Query<Params, Result>,
    params: Params,
  ): Promise<Result[]> {
    this.#assertOpen();
    if (this.#touchesPending(query.tables)) await this.#flush(false);
    const rows = await this.#ask(() =>
      this.#session.select(query as Query<object, unknown>, params),
    );
    return rows as Result[];
  }

  insert<T extends Table>(table: T, row: Row<T>): void {
    this.#assertOpen();
    const keyText = this.#keyText(table, row);
    const known = this.#entries.get(keyText);
    const removed = known?.write?.kind === "remove" ? known.write : undefined;
    if (known?.row !== undefined) {
      // Reported at the flush, where every other unique violation surfaces too.
      this.#failure ??= new UniqueViolation(table.name);
      return;
    }
    this.#record(table, keyText, {
      changed: removed === undefined ? [] : table.columnNames,
      expectedVersion: removed?.expectedVersion ?? null,
      kind: removed === undefined ? "insert" : "update",
      row,
      table,
    });
  }

  update<T extends Table>(table: T, row: Row<T>, changes: Partial<Row<T>>): Row<T> {
    this.#assertOpen();
    const before = row as AnyRow;
    const version = before["version"];
    if (!table.isVersioned || typeof version !== "number") {
      throw new Error(`A row of ${table.name} has no version, so it cannot be updated safely.`);
    }
    if ("version" in changes || table.key.some((name) => name in changes)) {
      throw new Error(`An update of ${table.name} may change neither the key nor the version.`);
    }
    const keyText = this.#keyText(table, row);
    const write = this.#latest(keyText, version);
    const next = { ...before, ...changes, version: version + 1 };
    const names = Object.keys(changes);
    this.#record(table, keyText, {
      changed: mergedNames(write, names),
      expectedVersion: write === undefined ? version : write.expectedVersion,
      kind: write?.kind ?? "update",
      row: next,
      table,
    });
    return next as unknown as Row<T>;
  }

  remove<T extends Table>(table: T, row: Row<T>): void {
    this.#assertOpen();
    const keyText = this.#keyText(table, row);
    const version = table.isVersioned ? ((row as AnyRow)["version"] as number) : null;
    const write = this.#latest(keyText, version);
    this.#record(table, keyText, {
      changed: [],
      expectedVersion: write === undefined ? version : write.expectedVersion,
      kind: "remove",
      row,
      table,
    });
    if (write?.kind === "insert") this.#forget(keyText);
  }

  async execute<Params extends object>(
    statement: Query<Params, never>,
    params: Params,
  ): Promise<number> {
    this.#assertOpen();
    // Everything goes first, so that the statement and a later flush keep the order in which the body wrote.
    await this.#flush(false);
    const count = await this.#askToChange(() =>
      this.#session.execute(statement as Query<object, never>, params),
    );
    this.#forgetRead((entry) => statement.tables.includes(entry.table));
    return count;
  }

  async lock(name: string): Promise<void> {
    this.#assertOpen();
    await this.#askToChange(() => this.#session.lock(name));
    // What was read before the lock was granted may be out of date now.
    this.#forgetRead(() => true);
  }

  emit(event: EmittedEvent): void {
    this.#assertOpen();
    this.#events.push(event);
  }

  emittedWith(values: readonly unknown[]): EmittedEvent | undefined {
    return this.#events.find((event) => event.object.values === values);
  }

  afterCommit(tell: () => void): void {
    this.#assertOpen();
    this.#toTell.push(tell);
  }

  /** Called by the engine once what the unit wrote is durable. */
  tellOfCommit(): void {
    for (const tell of this.#toTell) tell();
  }

  /** Writes what is left. After it the transaction takes no calls, and the engine commits. */
  async finish(): Promise<void> {
    while (this.#events.length > 0) {
      const events = this.#events;
      this.#events = [];
      await this.#onEvents(this, events);
    }
    await this.#flush(true);
    this.#hasEnded = true;
  }

  /** Refuses all later calls, also those of a body that was given up. */
  end(): void {
    this.#hasEnded = true;
  }

  /**
   * Asks the engine, after what was asked to change something before. After its first failure nothing of this unit
   * can be committed, whatever the body makes of it.
   */
  async #ask<T>(call: () => T | Promise<T>): Promise<T> {
    if (this.#changing !== undefined) await this.#changing;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await call();
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  /** As `#ask`, for what later calls must see, even those that a body makes without waiting. */
  #askToChange<T>(call: () => T | Promise<T>): Promise<T> {
    const answer = this.#ask(call);
    this.#changing = answer.then(
      () => undefined,
      () => undefined,
    );
    return answer;
  }

  async #flush(isLast: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending.size === 0) return;
    const entries = [...this.#pending].sort(inFlushOrder);
    const writes = entries.map((entry) => entry.write as Write);
    for (const entry of entries) entry.write = undefined;
    this.#pending.clear();
    await this.#askToChange(() => this.#session.flush(writes, isLast));
  }

  #touchesPending(tables: readonly Table[]): boolean {
    for (const entry of this.#pending) if (tables.includes(entry.table)) return true;
    return false;
  }

  /** The pending write of a row, after checking that the caller has the row as the transaction left it. */
  #latest(keyText: string, version: number | null): Write | undefined {
    const known = this.#entries.get(keyText);
    if (known === undefined || known.write === undefined) return undefined;
    if (known.row === undefined || (version !== null && known.row["version"] !== version)) {
      throw new Error(`A stale row of ${known.table.name} was changed twice in one transaction.`);
    }
    return known.write;
  }

  #record(table: Table, keyText: string, write: Write): void {
    let entry = this.#entries.get(keyText);
    if (entry === undefined) {
      entry = { keyText, row: undefined, table, write: undefined };
      this.#entries.set(keyText, entry);
    }
    entry.row = write.kind === "remove" ? undefined : write.row;
    entry.write = write;
    this.#pending.add(entry);
  }

  #forget(keyText: string): void {
    const entry = this.#entries.get(keyText);
    if (entry !== undefined) this.#pending.delete(entry);
    this.#entries.delete(keyText);
  }

  #forgetRead(isStale: (entry: Entry) => boolean): void {
    for (const [keyText, entry] of this.#entries) {
      if (entry.write === undefined && isStale(entry)) this.#entries.delete(keyText);
    }
  }

  #keyText(table: Table, key: object): string {
    return codecOf(this.#session.dialect, table).keyText(key as AnyRow);
  }

  #assertOpen(): void {
    if (this.#hasEnded) {
      throw new Error("The transaction has ended; its body must await every call it makes.");
    }
  }
}

function mergedNames(write: Write | undefined, names: readonly string[]): readonly string[] {
  if (write === undefined) return [...names, "version"];
  if (write.kind === "insert") return [];
  return [...new Set([...write.changed, ...names])];
}

const kindOrder = { insert: 2, remove: 0, update: 1 };

/**
 * By table, then removals, updates, inserts, then by key: the same order in every transaction, so that two of them
 * wait for each other rather than deadlock, and a unique value that was freed can be taken again.
 */
function inFlushOrder(a: Entry, b: Entry): number {
  if (a.table !== b.table) return a.table.name < b.table.name ? -1 : 1;
  const byKind = kindOrder[a.write?.kind ?? "insert"] - kindOrder[b.write?.kind ?? "insert"];
  if (byKind !== 0) return byKind;
  return a.keyText < b.keyText ? -1 : 1;
}
