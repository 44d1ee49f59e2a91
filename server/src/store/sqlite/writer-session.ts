/**
 * What a unit of work does on the writer's connection. Bodies of one group share a BEGIN…COMMIT. A body that writes
 * before its end keeps its changes behind a savepoint until it is known to succeed. One that writes all at its end
 * nearly always succeeds, so it is spared the savepoint, and its writes wait until somebody reads or the group ends:
 * those of many bodies are then made table by table, which costs less than body by body. Where one of them fails, the
 * group is spoilt, and is run again with a savepoint for each body.
 */
import { type AnyRow, type Bound, codecOf, type TableCodec } from "../codec.ts";
import { UniqueViolation } from "../database.ts";
import type { Query } from "../query.ts";
import type { Table } from "../table.ts";
import { LostUpdate, type Session, type Write } from "../unit-of-work.ts";
import { type Connection, keyCondition } from "./connection.ts";
import { isUniqueViolation } from "./errors.ts";

interface WriteTexts {
  readonly codec: TableCodec;
  readonly insert: string;
  readonly remove: string;
  readonly updates: Map<string, string>;
}

const textsByTable = new Map<Table, WriteTexts>();

export class WriterSession implements Session {
  readonly dialect = "sqlite";
  readonly #connection: Connection;
  readonly #isCareful: boolean;
  #hasSavepoint = false;
  /** By table, in the order of the bodies; whoever reads makes them first. */
  #waiting = new Map<Table, Write[]>();
  /** The keys among them that are kept in memory, by their text. */
  readonly #waitingKeys = new Set<string>();
  /** A body failed after it had written without a savepoint: nothing of the whole group may be committed. */
  isSpoilt = false;
  /** Rows written since the transaction began, including those of bodies that were undone. */
  writeCount = 0;

  /** @param isCareful whether each body that writes gets a savepoint. */
  constructor(connection: Connection, isCareful: boolean) {
    this.#connection = connection;
    this.#isCareful = isCareful;
  }

  load(table: Table, key: AnyRow): AnyRow | undefined {
    this.makeWaiting();
    return this.#connection.load(table, key);
  }

  select(query: Query<object, unknown>, params: object): unknown[] {
    this.makeWaiting();
    return this.#connection.select(query, params);
  }

  execute(statement: Query<object, never>, params: object): number {
    this.#openSavepoint();
    const count = this.#connection.execute(statement, params);
    this.writeCount += count;
    return count;
  }

  /** There is one writer, so every set rule is serial already. */
  lock(): void {}

  flush(writes: readonly Write[], isLast: boolean): void {
    this.writeCount += writes.length;
    if (this.#isCareful || this.#hasSavepoint || !isLast) {
      this.#openSavepoint();
      for (const write of writes) this.#write(write);
      return;
    }
    // The one thing that does happen, an idempotency key that is taken, is found before anything is written.
    for (const write of writes) this.#requireFree(write);
    for (const write of writes) this.#wait(write);
  }

  /** Makes the writes that wait. @throws StorageError or whatever one of them met; the group is spoilt then. */
  makeWaiting(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#waitingKeys.clear();
    try {
      for (const writes of waiting.values()) for (const write of writes) this.#write(write);
    } catch (error) {
      // SQLite undoes the statement that fails, and nothing else.
      this.isSpoilt = true;
      throw error;
    }
  }

  #requireFree({ kind, row, table }: Write): void {
    if (kind !== "insert" || table.keyLifetimeMs === undefined) return;
    const isFree = (): boolean => this.#connection.rowIdOf(table, row) === undefined;
    if (!this.#waitingKeys.has(codecOf("sqlite", table).keyText(row)) && isFree()) return;
    // What waits may take the key, or free it.
    this.makeWaiting();
    if (!isFree()) throw new UniqueViolation(table.name);
  }

  #wait(write: Write): void {
    const { kind, row, table } = write;
    if (kind === "insert" && table.keyLifetimeMs !== undefined)
      this.#waitingKeys.add(codecOf("sqlite", table).keyText(row));
    const writes = this.#waiting.get(table);
    if (writes === undefined) this.#waiting.set(table, [write]);
    else writes.push(write);
  }

  /** Keeps the changes of the body for the group's commit. */
  keep(): void {
    if (this.#hasSavepoint) this.#connection.run("release body");
    this.#hasSavepoint = false;
  }

  /** Undoes the changes of the body. */
  undo(): void {
    if (!this.#hasSavepoint) return;
    this.#hasSavepoint = false;
    // A full disk or an I/O error makes SQLite roll the whole transaction back on its own.
    if (!this.#connection.database.isTransaction) return;
    this.#connection.run("rollback to body");
    this.#connection.run("release body");
  }

  #openSavepoint(): void {
    if (this.#hasSavepoint) return;
    // What other bodies wrote must not be undone with this one.
    this.makeWaiting();
    this.#connection.run("savepoint body");
    this.#hasSavepoint = true;
  }

  #write(write: Write): void {
    const { table, row } = write;
    const texts = textsByTable.get(table) ?? createTexts(table);
    const { codec } = texts;
    if (write.kind === "insert") {
      if (table.keyLifetimeMs === undefined)
        this.#runUnique(table, texts.insert, codec.values(row));
      else if (!this.#connection.insertKept(table, texts.insert, row))
        throw new UniqueViolation(table.name);
      return;
    }
    const condition = this.#placeOf(table, codec, row);
    if (table.isVersioned) condition.push(write.expectedVersion);
    const count =
      write.kind === "remove"
        ? this.#connection.run(texts.remove, condition)
        : this.#runUnique(table, updateText(texts, write), [
            ...write.changed.map((name) => codec.encode(name, row[name])),
            ...condition,
          ]);
    if (count !== 1) throw new LostUpdate();
  }

  /** The values that name a row in a condition. */
  #placeOf(table: Table, codec: TableCodec, row: AnyRow): Bound[] {
    if (table.keyLifetimeMs === undefined) return [...codec.keyValues(row)];
    const rowId = this.#connection.rowIdOf(table, row);
    if (rowId === undefined) throw new LostUpdate();
    return [rowId];
  }

  #runUnique(table: Table, text: string, values: readonly Bound[]): number {
    try {
      return this.#connection.run(text, values);
    } catch (error) {
      if (isUniqueViolation(error)) throw new UniqueViolation(table.name, { cause: error });
      throw error;
    }
  }
}

function createTexts(table: Table): WriteTexts {
  const names = table.columnNames.map((name) => `"${name}"`).join(", ");
  const marks = table.columnNames.map(() => "?").join(", ");
  const texts = {
    codec: codecOf("sqlite", table),
    insert: `insert into "${table.name}" (${names}) values (${marks})`,
    remove: `delete from "${table.name}" where ${swapCondition(table)}`,
    updates: new Map<string, string>(),
  };
  textsByTable.set(table, texts);
  return texts;
}

function updateText(texts: WriteTexts, { table, changed }: Write): string {
  const shape = changed.join();
  let text = texts.updates.get(shape);
  if (text === undefined) {
    const assignments = changed.map((name) => `"${name}" = ?`).join(", ");
    text = `update "${table.name}" set ${assignments} where ${swapCondition(table)}`;
    texts.updates.set(shape, text);
  }
  return text;
}

function swapCondition(table: Table): string {
  const place = table.keyLifetimeMs === undefined ? keyCondition(table) : "rowid = ?";
  return table.isVersioned ? `${place} and version = ?` : place;
}
