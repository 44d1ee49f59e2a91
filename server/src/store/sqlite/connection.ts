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
  readonly load: StatementSync;
}

export class Connection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #queries = new Map<Query<object, unknown>, PreparedQuery>();
  readonly #tables = new Map<Table, PreparedTable>();

  /** @param options a read-only connection sees only what is committed. */
  constructor(file: string, options: { readonly isReadOnly: boolean }) {
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
    const { codec, load } = this.#tables.get(table) ?? this.#prepareTable(table);
    const values = load.get(...(codec.keyValues(key) as SqliteBound[]));
    return values === undefined ? undefined : codec.decode(values as unknown as unknown[]);
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
        `select ${columns} from "${table.name}" where ${keyCondition(table)}`,
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
