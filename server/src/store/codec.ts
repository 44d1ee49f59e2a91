/**
 * Turns rows into the values that an engine binds and back, by the kinds of the columns. The functions are generated
 * per table, because a loop over forty columns by name costs more than the statement itself. Both engines refuse the
 * same values: what one cannot store faithfully, neither takes.
 */
import type { Dialect } from "./query.ts";
import type { Column, Table } from "./table.ts";

/** What both drivers take as a bound value. */
export type Bound = string | number | Uint8Array | boolean | null;
/** A row whose table is known at run time only. */
export type AnyRow = Readonly<Record<string, unknown>>;
type Kind = Column["kind"];

export interface TableCodec {
  /** The values of a row in storage order. @throws Error when a value does not fit its column. */
  readonly values: (row: AnyRow) => Bound[];
  /** The values of the key columns. */
  readonly keyValues: (key: AnyRow) => Bound[];
  /** A text that names the row among all rows of its table. */
  readonly keyText: (key: AnyRow) => string;
  /** The row of values in storage order. */
  readonly decode: (values: readonly unknown[]) => AnyRow;
  /** One value of the column. */
  readonly encode: (columnName: string, value: unknown) => Bound;
}

const codecs: { readonly [Name in Dialect]: Map<Table, TableCodec> } = {
  postgres: new Map(),
  sqlite: new Map(),
};

/** The codec of a table, made at first use. */
export function codecOf(dialect: Dialect, table: Table): TableCodec {
  let codec = codecs[dialect].get(table);
  if (codec === undefined) {
    codec = createCodec(dialect, table);
    codecs[dialect].set(table, codec);
  }
  return codec;
}

function createCodec(dialect: Dialect, table: Table): TableCodec {
  const encoders = new Map(
    Object.entries(table.columns).map(([name, column]) => [
      name,
      encoderOf(dialect, column, `${table.name}.${name}`),
    ]),
  );
  const encode = (name: string, value: unknown): Bound => {
    const encoder = encoders.get(name);
    if (encoder === undefined) throw new Error(`The table ${table.name} has no column ${name}.`);
    return encoder(value);
  };
  const listOf = (names: readonly string[]): ((row: AnyRow) => Bound[]) =>
    generate(
      names.map((name) => encoders.get(name)),
      names.map((name, index) => `f[${index}](row[${JSON.stringify(name)}])`),
      (parts) => `row => [${parts.join(",")}]`,
    );
  return {
    decode: decoderOf(
      dialect,
      table.columnNames.map((name) => [name, table.columns[name]?.kind ?? "text"]),
    ),
    encode,
    keyText: generate(
      [],
      table.key.map((name) => `row[${JSON.stringify(name)}]`),
      (parts) => `row => ${JSON.stringify(`${table.name}\u0000`)} + ${parts.join('+"\\0"+')}`,
    ),
    keyValues: listOf(table.key),
    values: listOf(table.columnNames),
  };
}

/**
 * Compiles a function of its own. The text is made of column names from our own table declarations, quoted as JSON,
 * and of nothing that a request could reach.
 */
function generate<F>(
  functions: readonly unknown[],
  parts: readonly string[],
  write: (parts: readonly string[]) => string,
): F {
  return new Function("f", `"use strict"; return ${write(parts)};`)(functions) as F;
}

/** A decoder of rows whose columns have these names and kinds, in this order. */
export function decoderOf(
  dialect: Dialect,
  columns: readonly (readonly [name: string, kind: Kind | undefined])[],
): (values: readonly unknown[]) => AnyRow {
  const fields = columns.map(([name, kind], index) => {
    const value = `v[${index}]`;
    if (name === "__proto__") throw new Error("No column may be named __proto__.");
    const field = `${JSON.stringify(name)}: `;
    if (kind === "json") return `${field}${value} === null ? null : f[0](${value})`;
    if (kind === "boolean" && dialect === "sqlite") {
      return `${field}${value} === null ? null : ${value} === 1`;
    }
    return field + value;
  });
  return generate([JSON.parse], fields, (parts) => `v => ({${parts.join(",")}})`);
}

/** How the columns of a result are decoded: by their names, in the tables that the query declares. */
export function kindsOf(
  tables: readonly Table[],
  names: readonly string[],
): (readonly [name: string, kind: Kind | undefined])[] {
  return names.map((name) => {
    const kinds = new Set(tables.flatMap((table) => table.columns[name]?.kind ?? []));
    if (kinds.size > 1) {
      throw new Error(`The result column ${name} has a different kind in each table; alias it.`);
    }
    return [name, [...kinds][0]] as const;
  });
}

/** A parameter of a query, whose kind is that of the value. */
export function encodeParameter(dialect: Dialect, name: string, value: unknown): Bound {
  if (value === null) return null;
  switch (typeof value) {
    case "string":
      return checkedText(value, name);
    case "number":
      return checkedInteger(value, name);
    case "boolean":
      return dialect === "sqlite" ? Number(value) : value;
    default:
      if (value instanceof Uint8Array) return value;
      throw new Error(`The query parameter ${name} is of a type that no column holds.`);
  }
}

function encoderOf(dialect: Dialect, column: Column, label: string): (value: unknown) => Bound {
  const encode = encodersByKind[column.kind];
  const { isNullable } = column;
  return (value) => {
    if (value === null && isNullable) return null;
    const bound = encode(value, label);
    return typeof bound === "boolean" && dialect === "sqlite" ? Number(bound) : bound;
  };
}

const encodersByKind: { readonly [Name in Kind]: (value: unknown, label: string) => Bound } = {
  boolean: (value, label) => (typeof value === "boolean" ? value : misfit(label, "a boolean")),
  bytes: (value, label) => (value instanceof Uint8Array ? value : misfit(label, "bytes")),
  integer: checkedInteger,
  json: (value, label) => (value === undefined ? misfit(label, "a JSON value") : jsonText(value)),
  text: checkedText,
};

/** Documents are values, never changed: the last one is often written twice, in an event and beside its key. */
let lastDocument: unknown;
let lastText = "";

function jsonText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value !== lastDocument) {
    lastText = JSON.stringify(value);
    lastDocument = value;
  }
  return lastText;
}

/** PostgreSQL has no NUL in text, and a lone surrogate would come back as another character. */
function checkedText(value: unknown, label: string): string {
  if (typeof value !== "string") misfit(label, "text");
  if (value.includes("\u0000") || !value.isWellFormed())
    misfit(label, "well-formed text without NUL");
  return value;
}

function checkedInteger(value: unknown, label: string): number {
  return Number.isSafeInteger(value) ? (value as number) : misfit(label, "an integer below 2^53");
}

/** The value itself is not named: it may be private. */
function misfit(label: string, wanted: string): never {
  throw new Error(`The value for ${label} is not ${wanted}.`);
}
