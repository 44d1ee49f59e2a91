/**
 * One connection to SQLite: prepared statements kept by their text, rows in and out through the codecs. It knows rows
 * and savepoints; when to begin, commit and sync is the group commit's business.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  type AnyRow,
  type Bound,
  codecOf,
  decoderOf,
  encodeParameter,
  kindsOf,
  type TableCodec,
} from "../codec.ts";
import type { Query } from "../query.ts";
import type { Table } from "../table.ts";
import { KeyIndex } from "./key-index.ts";

/** Statements that a connection keeps prepared; the shapes that the code can write are fewer. */
const statementCountMax = 500;

type SqliteBound = Exclude<Bound, boolean>;

interface PreparedQuery {
  readonly statement: StatementSync;
  readonly parameterNames: readonly string[];
  readonly decode: (values: readonly unknown[]) => AnyRow;
}

interface PreparedTable {
  readonly codec: TableCodec;
  /** By the key's values; by the row id where the key is kept in memory. */
  readonly load: StatementSync;
}

/** The keys that are kept in memory, shared by the connections to one database. */
export type KeyIndexes = Map<Table, KeyIndex>;

export class Connection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #queries = new Map<Query<object, unknown>, PreparedQuery>();
  readonly #tables = new Map<Table, PreparedTable>();
  readonly #keyIndexes: KeyIndexes;

  /** @param options a read-only connection sees only what is committed. */
  constructor(
    file: string,
    options: { readonly isReadOnly: boolean; readonly keyIndexes: KeyIndexes },
  ) {
    this.#keyIndexes = options.keyIndexes;
    this.database = new DatabaseSync(file, {
      enableForeignKeyConstraints: false,
      readOnly: options.isReadOnly,
      returnArrays: true,
      // Long waits would stop the event loop; only another program's writer can cause one.
      timeout: 100,
    });
  }

  /** A prepared statement of this text, which must come from the code and not from a request. */
  statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      if (this.#statements.size >= statementCountMax) {
        const [oldest] = this.#statements.keys();
        if (oldest !== undefined) this.#statements.delete(oldest);
      }
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** Runs a statement of this text and returns how many rows it changed. */
  run(text: string, values: readonly Bound[] = []): number {
    return Number(this.statement(text).run(...(values as SqliteBound[])).changes);
  }

  load(table: Table, key: AnyRow): AnyRow | undefined {
    if (table.keyLifetimeMs !== undefined) return this.#locate(table, key)?.row;
    const { codec, load } = this.#tables.get(table) ?? this.#prepareTable(table);
    const values = load.get(...(codec.keyValues(key) as SqliteBound[]));
    return values === undefined ? undefined : codec.decode(values as unknown as unknown[]);
  }

  /** The place of a row whose table keeps its keys in memory. */
  rowIdOf(table: Table, key: AnyRow): number | undefined {
    return this.#locate(table, key)?.rowId;
  }

  /** Inserts a row whose table keeps its keys in memory. @returns false when the key is taken. */
  insertKept(table: Table, text: string, row: AnyRow): boolean {
    const { codec } = this.#tables.get(table) ?? this.#prepareTable(table);
    if (this.#locate(table, row) !== undefined) return false;
    const { lastInsertRowid } = this.statement(text).run(...(codec.values(row) as SqliteBound[]));
    this.#keyIndex(table).add(codec.keyText(row), Number(lastInsertRowid));
    return true;
  }

  #locate(table: Table, key: AnyRow): { rowId: number; row: AnyRow } | undefined {
    const { codec, load } = this.#tables.get(table) ?? this.#prepareTable(table);
    const keyText = codec.keyText(key);
    for (const rowId of this.#keyIndex(table).find(keyText)) {
      const values = load.get(rowId);
      if (values === undefined) continue;
      const row = codec.decode(values as unknown as unknown[]);
      if (codec.keyText(row) === keyText) return { row, rowId };
    }
    return undefined;
  }

  /** Read in full at the first use: from then on every row that is written adds its own entry. */
  #keyIndex(table: Table): KeyIndex {
    let index = this.#keyIndexes.get(table);
    if (index === undefined) {
      index = new KeyIndex(table.keyLifetimeMs ?? 0, () => performance.now());
      const names = table.key.map((name) => `"${name}"`).join(", ");
      const decode = decoderOf("sqlite", kindsOf([table], table.key));
      const { codec } = this.#tables.get(table) ?? this.#prepareTable(table);
      const stored = this.database.prepare(`select rowid, ${names} from "${table.name}"`);
      for (const values of stored.iterate() as unknown as Iterable<unknown[]>) {
        const [rowId, ...key] = values;
        index.add(codec.keyText(decode(key)), Number(rowId));
      }
      this.#keyIndexes.set(table, index);
    }
    return index;
  }

  select(query: Query<object, unknown>, params: object): unknown[] {
    const prepared = this.#queries.get(query) ?? this.#prepareQuery(query);
    const rows = prepared.statement.all(...boundOf(prepared.parameterNames, params));
    const { decode } = prepared;
    return rows.map((values) => decode(values as unknown as unknown[]));
  }

  execute(statement: Query<object, never>, params: object): number {
    const { sql, parameterNames } = statement.compiled("sqlite");
    return this.run(sql, boundOf(parameterNames, params));
  }

  close(): void {
    this.database.close();
  }

  #prepareTable(table: Table): PreparedTable {
    const columns = table.columnNames.map((name) => `"${name}"`).join(", ");
    const prepared = {
      codec: codecOf("sqlite", table),
      load: this.database.prepare(
        `select ${columns} from "${table.name}" where ${table.keyLifetimeMs === undefined ? keyCondition(table) : "rowid = ?"}`,
      ),
    };
    this.#tables.set(table, prepared);
    return prepared;
  }

  #prepareQuery(query: Query<object, unknown>): PreparedQuery {
    const { sql, parameterNames } = query.compiled("sqlite");
    const statement = this.statement(sql);
    const names = statement.columns().map((column) => column.name);
    const decode = decoderOf("sqlite", kindsOf(query.tables, names));
    const prepared = { decode, parameterNames, statement };
    if (this.#queries.size < statementCountMax) this.#queries.set(query, prepared);
    return prepared;
  }
}

/** The condition that names one row; its values are those of the key, in order. */
export function keyCondition(table: Table): string {
  return table.key.map((name) => `"${name}" = ?`).join(" and ");
}

function boundOf(names: readonly string[], params: object): SqliteBound[] {
  const values = params as AnyRow;
  return names.map((name) => encodeParameter("sqlite", name, values[name]) as SqliteBound);
}
