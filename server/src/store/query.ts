/**
 * Statements as values: text written once, with parameters by name, for each engine at first use. Constants stand in the
 * text, because a planner cannot match a partial index against a bound value; whatever comes from a caller is bound.
 */
import type { Table } from "./table.ts";

export type Dialect = "sqlite" | "postgres";

/** The text of a statement for one engine and, for each of its placeholders, the parameter that fills it. */
interface CompiledQuery {
  readonly sql: string;
  readonly parameterNames: readonly string[];
}

/** A statement with named parameters. `Result` is one decoded row; `never` for a statement that returns none. */
export interface Query<Params extends object, Result> {
  /** The tables it touches: their pending writes are flushed before it runs, their columns say how to decode. */
  readonly tables: readonly Table[];
  compiled(dialect: Dialect): CompiledQuery;
  /** Carried in the type only. */
  readonly types?: { readonly params: (params: Params) => void; readonly result: Result };
}

/** Writes the placeholder of a named parameter into the text. */
export type Param<Params> = (name: keyof Params & string) => string;

/**
 * Declares a statement.
 *
 * @param tables every table that the statement reads or changes.
 * @param write called once per engine; it calls `param` in the order in which the placeholders stand in the text.
 * @example defineQuery<{ accountId: string }, ChargeRow>([charges], (param) =>
 *   `select ${columnsOf(charges)} from charges where account_id = ${param("accountId")}`)
 */
export function defineQuery<Params extends object, Result>(
  tables: readonly Table[],
  write: (param: Param<Params>, dialect: Dialect) => string,
): Query<Params, Result> {
  const cache: { [Name in Dialect]?: CompiledQuery } = {};
  const query: Query<Params, Result> = {
    compiled: (dialect) => {
      cache[dialect] ??= compile(dialect, write);
      return cache[dialect];
    },
    tables,
  };
  declared.push(query as Query<object, unknown>);
  return query;
}

function compile<Params extends object>(
  dialect: Dialect,
  write: (param: Param<Params>, dialect: Dialect) => string,
): CompiledQuery {
  const parameterNames: string[] = [];
  const text = write((name) => {
    parameterNames.push(name);
    return dialect === "sqlite" ? "?" : `$${parameterNames.length}`;
  }, dialect);
  return { parameterNames, sql: text };
}

/** Every column of a table, for a statement that answers with whole rows. */
export const columnsOf = (table: Table): string =>
  table.columnNames.map((name) => `"${name}"`).join(", ");

const declared: Query<object, unknown>[] = [];

/** Every statement that the loaded modules declare: the test that each names its account goes through them. */
export const declaredQueries = (): readonly Query<object, unknown>[] => declared;
