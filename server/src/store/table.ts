/**
 * Declares a table once, as data: its columns, their types and its key. The row type, the statements of both engines
 * and the decoding of what they return all derive from it. The columns stand in the order of the migrations, and new
 * ones are only ever appended, because event snapshots store a row's values by position.
 */

type ColumnKind = "text" | "integer" | "boolean" | "json" | "bytes";

/** As both engines call them in a migration. */
export const sqlTypes: Readonly<Record<ColumnKind, string>> = {
  boolean: "boolean",
  bytes: "bytea",
  integer: "bigint",
  json: "text",
  text: "text",
};

/** `Value` is carried in the type only: it is what a row holds after decoding. */
export interface Column<Value = unknown> {
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
  readonly value?: Value;
}

const column = <Value>(kind: ColumnKind): Column<Value> => ({ kind, isNullable: false });

/** UTF-8 text. */
export const text: Column<string> = column("text");
/** An integer up to 2^53: money in minor units, Unix seconds, counters. */
export const integer: Column<number> = column("integer");
export const boolean: Column<boolean> = column("boolean");
/** Opaque bytes, such as a sealed card. */
export const bytes: Column<Uint8Array> = column("bytes");
/** A JSON document, decoded when read. `Value` is what the writer promises to put there. */
export const json = <Value>(): Column<Value> => column("json");

export const nullable = <Value>(inner: Column<Value>): Column<Value | null> => ({
  kind: inner.kind,
  isNullable: true,
});

export type Columns = Readonly<Record<string, Column>>;

type ValueOf<C> = C extends Column<infer Value> ? Value : never;

/** The decoded row of a table. Rows are values: never changed in place. */
export type Row<T extends Table> = {
  readonly [Name in keyof T["columns"]]: ValueOf<T["columns"][Name]>;
};

export interface Table<C extends Columns = Columns> {
  readonly name: string;
  readonly columns: C;
  /** Column names in storage order. */
  readonly columnNames: readonly string[];
  /** The primary key; `account_id` comes first, so that the schema distributes by account. */
  readonly key: readonly string[];
  /** Rows with a `version` column are updated by compare-and-swap on it. */
  readonly isVersioned: boolean;
  /**
   * Set for tables with random keys: how long after its writing a row may be asked for by its key, in milliseconds. The
   * embedded engine then keeps the key in memory, because random places in an index on disk cost it more than the row.
   */
  readonly keyLifetimeMs: number | undefined;
  /**
   * By column, the values that most rows have. An index for lists filtered by the column leaves these rows out, so that
   * an ordinary row pays nothing for it; the newest of them are found in the list itself.
   */
  readonly frequentValues: Readonly<Record<string, readonly string[]>>;
}

/** The values that name one row. */
export type Key<T extends Table> = Partial<Row<T>>;

export interface TableOptions<C extends Columns> {
  /** `account_id` and `id` unless said otherwise. */
  readonly key?: readonly (keyof C & string)[];
  readonly keyLifetimeMs?: number;
  readonly frequentValues?: { readonly [Name in keyof C & string]?: readonly string[] };
}

export function defineTable<const C extends Columns>(
  name: string,
  columns: C,
  options: TableOptions<C> = {},
): Table<C> {
  return {
    name,
    columns,
    columnNames: Object.keys(columns),
    key: options.key ?? ["account_id", "id"],
    isVersioned: "version" in columns,
    frequentValues: (options.frequentValues ?? {}) as Table["frequentValues"],
    keyLifetimeMs: options.keyLifetimeMs,
  };
}
