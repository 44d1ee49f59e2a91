/**
 * Runs statements on a pool or one of its clients, with rows in and out through the codecs. Statements are prepared
 * under a name that stands for their text, so that PostgreSQL plans each of them once per connection.
 */
import {
  type ClientBase,
  type CustomTypesConfig,
  type FieldDef,
  Pool,
  type PoolClient,
  type QueryArrayConfig,
  type QueryArrayResult,
} from "pg";
import { type AnyRow, type Bound, codecOf, decoderOf, encodeParameter, kindsOf } from "../codec.ts";
import type { Query } from "../query.ts";
import type { Table } from "../table.ts";
import { driverError, endsConnection } from "./errors.ts";

export type Queryable = Pool | ClientBase;

/** Each connection keeps its prepared statements for good, so texts beyond this many stay unnamed. */
const preparedCountMax = 500;

const namesByText = new Map<string, string>();

function nameOf(text: string): string | undefined {
  let name = namesByText.get(text);
  if (name === undefined && namesByText.size < preparedCountMax) {
    name = `s${namesByText.size}`;
    namesByText.set(text, name);
  }
  return name;
}

const oids = { bool: 16, bytea: 17, int2: 21, int4: 23, int8: 20, numeric: 1700 } as const;

/** PostgreSQL's text form of a value, as the value that a row holds. JSON is text here: the codecs parse it. */
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number) => {
    switch (oid) {
      case oids.bool:
        return (value: string) => value === "t";
      case oids.bytea:
        return bytesOf;
      case oids.int2:
      case oids.int4:
      case oids.int8:
      case oids.numeric:
        return numberOf;
      default:
        return (value: string) => value;
    }
  }) as CustomTypesConfig["getTypeParser"],
};

/** @param value as PostgreSQL writes bytea: `\x` and hexadecimal digits. */
function bytesOf(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value.slice(2), "hex"));
}

function numberOf(value: string): number {
  const number = Number(value);
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw new RangeError("A stored number is too large to be read exactly.");
  }
  return number;
}

interface Rows {
  readonly rows: unknown[][];
  readonly fields: FieldDef[];
  readonly rowCount: number;
}

/** @throws DatabaseError or ConnectionLost; the caller says what it means. */
export async function run(on: Queryable, text: string, values: Bound[] = []): Promise<Rows> {
  const name = nameOf(text);
  const config = { rowMode: "array" as const, text, types, values };
  const query = name === undefined ? config : { ...config, name };
  const result = await (on instanceof Pool ? runOnPool(on, query) : runOnClient(on, query));
  return { fields: result.fields, rowCount: result.rowCount ?? 0, rows: result.rows };
}

/** Runs statements without parameters. @returns what the server says it did, such as `COMMIT`. */
export async function runText(on: ClientBase, text: string): Promise<string> {
  const result = await on.query(text).catch((error: unknown) => {
    throw driverError(error);
  });
  return result.command;
}

export async function connectFrom(pool: Pool): Promise<PoolClient> {
  return pool.connect().catch((error: unknown) => {
    throw driverError(error);
  });
}

/** The pool's own `query` gives up the connection after any error, even one that only says "try again". */
async function runOnPool(pool: Pool, query: QueryArrayConfig): Promise<QueryArrayResult> {
  const client = await connectFrom(pool);
  let isBroken = false;
  try {
    return await runOnClient(client, query);
  } catch (error) {
    isBroken = endsConnection(error);
    throw error;
  } finally {
    client.release(isBroken);
  }
}

async function runOnClient(client: ClientBase, query: QueryArrayConfig): Promise<QueryArrayResult> {
  return client.query(query).catch((error: unknown) => {
    throw driverError(error);
  });
}

const loadTexts = new Map<Table, string>();

export async function load(on: Queryable, table: Table, key: AnyRow): Promise<AnyRow | undefined> {
  let text = loadTexts.get(table);
  if (text === undefined) {
    const columns = table.columnNames.map((name) => `"${name}"`).join(", ");
    const condition = table.key.map((name, index) => `"${name}" = $${index + 1}`).join(" and ");
    text = `select ${columns} from "${table.name}" where ${condition}`;
    loadTexts.set(table, text);
  }
  const codec = codecOf("postgres", table);
  const { rows } = await run(on, text, codec.keyValues(key));
  return rows[0] === undefined ? undefined : codec.decode(rows[0]);
}

const decoders = new WeakMap<object, (values: readonly unknown[]) => AnyRow>();

export async function select(
  on: Queryable,
  query: Query<object, unknown>,
  params: object,
): Promise<unknown[]> {
  const { fields, rows } = await runQuery(on, query, params);
  let decode = decoders.get(query);
  if (decode === undefined) {
    const names = fields.map((field) => field.name);
    decode = decoderOf("postgres", kindsOf(query.tables, names));
    decoders.set(query, decode);
  }
  return rows.map(decode);
}

export function runQuery(
  on: Queryable,
  query: Query<object, unknown>,
  params: object,
): Promise<Rows> {
  const { sql, parameterNames } = query.compiled("postgres");
  const values = params as AnyRow;
  return run(
    on,
    sql,
    parameterNames.map((name) => encodeParameter("postgres", name, values[name])),
  );
}
