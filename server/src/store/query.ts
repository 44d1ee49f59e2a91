/**
 * Statements as values: built once with Kysely, with parameters by name, compiled at first use for each engine and
 * cached. Constants are written into the text, because a planner cannot match a partial index against a bound value;
 * whatever comes from a caller is always bound.
 */
import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from "kysely";
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

/** The columns of a query builder are loose; the row that a query returns is what its definition declares. */
type LooseSchema = Record<string, Record<string, unknown>>;

/** Stands for a parameter of the caller, with the value's type. */
export type Param<Params> = <Name extends keyof Params & string>(
  name: Name,
) => RawBuilder<Params[Name]>;

/**
 * Declares a statement. `build` is called once per engine.
 *
 * @param tables every table that the statement reads or changes.
 * @example defineQuery<{ accountId: string }, ChargeRow>([charges], (db, param) =>
 *   db.selectFrom("charges").selectAll().where("account_id", "=", param("accountId")))
 */
export function defineQuery<Params extends object, Result>(
  tables: readonly Table[],
  build: (db: Kysely<LooseSchema>, param: Param<Params>) => Compilable,
): Query<Params, Result> {
  const param: Param<Params> = (name) => sql`${new Placeholder(name)}`;
  return onceForEach(tables, (dialect) => {
    const { sql: text, parameters } = build(builders[dialect], param).compile();
    return { parameterNames: parameters.map((each) => (each as Placeholder).name), sql: text };
  });
}

/**
 * Declares a statement as text, for what the shape of a request generates (see page.ts) and for system catalogs.
 * `write` puts a parameter's placeholder in the text by calling `param`.
 */
export function defineTextQuery<Params extends object, Result>(
  tables: readonly Table[],
  write: (dialect: Dialect, param: (name: keyof Params & string) => string) => string,
): Query<Params, Result> {
  return onceForEach(tables, (dialect) => {
    const parameterNames: string[] = [];
    const text = write(dialect, (name) => {
      parameterNames.push(name);
      return dialect === "sqlite" ? "?" : `$${parameterNames.length}`;
    });
    return { parameterNames, sql: text };
  });
}

const declared: Query<object, unknown>[] = [];

/** Every statement that the loaded modules declare: the test that each names its account goes through them. */
export const declaredQueries = (): readonly Query<object, unknown>[] => declared;

function onceForEach<Params extends object, Result>(
  tables: readonly Table[],
  compile: (dialect: Dialect) => CompiledQuery,
): Query<Params, Result> {
  const cache: { [Name in Dialect]?: CompiledQuery } = {};
  const query: Query<Params, Result> = {
    compiled: (dialect) => {
      cache[dialect] ??= compile(dialect);
      return cache[dialect];
    },
    tables,
  };
  declared.push(query as Query<object, unknown>);
  return query;
}

/** Marks the place of a named parameter until the statement is compiled. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class SqliteCompiler extends SqliteQueryCompiler {
  protected override appendValue(value: unknown): void {
    if (value instanceof Placeholder) super.appendValue(value);
    else this.appendImmediateValue(value);
  }
}

class PostgresCompiler extends PostgresQueryCompiler {
  protected override appendValue(value: unknown): void {
    if (value instanceof Placeholder) super.appendValue(value);
    else this.appendImmediateValue(value);
  }
}

/** These builders only write text: the engines run it on connections of their own. */
const builders: { readonly [Name in Dialect]: Kysely<LooseSchema> } = {
  postgres: new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresCompiler(),
    },
  }),
  sqlite: new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteCompiler(),
    },
  }),
};
