/**
 * Reads the index: places of rows, newest first. A place is (created, position), as in lists. Every statement reads a
 * bounded number of entries of one index from a place onwards, however many rows match or do not.
 */
import type { Scope } from "../../context.ts";
import type { Reader } from "../../store/database.ts";
import { columnsOf, defineQuery, type Param, type Query } from "../../store/query.ts";
import type { Row, Table } from "../../store/table.ts";
import { searchTerms } from "../index/schema.ts";

/** Where a row stands in its list. */
export interface Place {
  readonly created: number;
  readonly position: number;
}

export interface EntryRequest {
  readonly scope: Scope;
  /** The rows of any of these terms; undefined for all rows of the table. */
  readonly union: readonly number[] | undefined;
  readonly table: Table;
  /** Only what is older than this place. */
  readonly before: Place;
  /** Nothing that was created earlier. */
  readonly createdMin: number;
  /** The most entries to read. */
  readonly limit: number;
  /** Terms that the rows must have too. More rows may be answered; none that has them is left out. */
  readonly required: readonly number[];
  /** Terms that the rows must not have, likewise. */
  readonly excluded: readonly number[];
}

export interface Entries {
  /** Newest first. */
  readonly places: readonly Place[];
  /** How far the index was read; undefined when there is nothing further. */
  readonly end: Place | undefined;
  /** How many entries were read, those that were filtered out among them. */
  readonly readCount: number;
}

/** So many terms go into one statement; a larger union takes several, whose answers are merged. */
const slotCount = 16;
/** Filters beyond these are left to the check of the row. */
const filterCountMax = 3;
/** No field has this term. */
const noTerm = -1;

export async function readEntries(reader: Reader, request: EntryRequest): Promise<Entries> {
  const { union } = request;
  if (union === undefined || union.length === 1) return readFiltered(reader, request);
  return readUnion(reader, request, union);
}

type Params = Readonly<Record<string, string | number | boolean>>;

function paramsOf({ scope, before, createdMin, limit }: EntryRequest): Params {
  const { created, position } = before;
  return { ...paramsOfScope(scope), created, createdMin, limit, position };
}

/** A context is a scope too, and holds more than a statement takes. */
const paramsOfScope = ({ accountId, livemode }: Scope): Params => ({ accountId, livemode });

interface ReadEntry extends Place {
  /** How many entries the statement read. */
  readonly read_count: number;
}

async function readFiltered(reader: Reader, request: EntryRequest): Promise<Entries> {
  const required = request.required
    .filter((term) => term !== request.union?.[0])
    .slice(0, filterCountMax);
  const excluded = request.excluded.slice(0, filterCountMax);
  const query = filteredQuery({
    excludedCount: excluded.length,
    requiredCount: required.length,
    table: request.union === undefined ? request.table : undefined,
  });
  const read = await reader.select(query, {
    ...paramsOf(request),
    ...numbered("term_", request.union ?? []),
    ...numbered("required_", required),
    ...numbered("excluded_", excluded),
  });
  const readCount = read[0]?.read_count ?? 0;
  const places = read.toSorted(newestFirst);
  return { end: readCount < request.limit ? undefined : places.at(-1), places, readCount };
}

const numbered = (name: string, terms: readonly number[]): Params =>
  Object.fromEntries(terms.map((term, index) => [`${name}${index}`, term]));

async function readUnion(
  reader: Reader,
  request: EntryRequest,
  union: readonly number[],
): Promise<Entries> {
  const { limit } = request;
  const merged = new Map<string, Place>();
  for (let from = 0; from < union.length; from += slotCount) {
    const terms = Array.from({ length: slotCount }, (_, slot) => union[from + slot] ?? noTerm);
    const params = { ...paramsOf(request), ...numbered("term_", terms) };
    for (const place of await reader.select(unionQuery, params)) {
      merged.set(`${place.created} ${place.position}`, place);
    }
  }
  // What is older than the last place that is kept may be incomplete: one of the terms may have been cut there.
  const places = [...merged.values()].sort(newestFirst).slice(0, limit);
  const end = places.length < limit ? undefined : places.at(-1);
  return { end, places, readCount: Math.min(merged.size, limit) };
}

const newestFirst = (a: Place, b: Place): number =>
  b.created - a.created || b.position - a.position;

const inScope = (param: Param<Params>): string =>
  `account_id = ${param("accountId")} and livemode = ${param("livemode")}`;

/** For values whose type PostgreSQL cannot tell. */
const bigint = (placeholder: string): string => `cast(${placeholder} as bigint)`;

/**
 * The newest entries that are older than the place that was reached. The values stand bare: SQLite would seek by a cast
 * one only to the second, and read all of its entries.
 */
const olderEntries = (param: Param<Params>): string =>
  `(created, position) < (${param("created")}, ${param("position")})
   and created >= ${param("createdMin")}
   order by created desc, position desc limit ${param("limit")} + 0`;

const unionQuery: Query<Params, Place> = defineQuery([searchTerms], (param) =>
  Array.from(
    { length: slotCount },
    (_, slot) => `select * from (select created, position from search_terms
      where ${inScope(param)} and term = ${param(`term_${slot}`)} and ${olderEntries(param)}) as slot_${slot}`,
  ).join(" union all "),
);

interface Shape {
  /** The table whose list is read; undefined for the entries of one term. */
  readonly table: Table | undefined;
  readonly requiredCount: number;
  readonly excludedCount: number;
}

const filteredQueries = new Map<string, Query<Params, ReadEntry>>();

function filteredQuery(shape: Shape): Query<Params, ReadEntry> {
  const name = `${shape.table?.name} ${shape.requiredCount} ${shape.excludedCount}`;
  let query = filteredQueries.get(name);
  if (query === undefined) {
    query = createFilteredQuery(shape);
    filteredQueries.set(name, query);
  }
  return query;
}

/** The oldest entry that was read comes too, whatever the filters say: the next read begins there. */
function createFilteredQuery(shape: Shape): Query<Params, ReadEntry> {
  const { excludedCount, requiredCount, table } = shape;
  const tables = table === undefined ? [searchTerms] : [searchTerms, table];
  return defineQuery<Params, ReadEntry>(tables, (param) => {
    // Parameters are named in the order in which they stand in the text.
    const source =
      table === undefined
        ? `search_terms where ${inScope(param)} and term = ${param("term_0")}`
        : `"${table.name}" where ${inScope(param)}`;
    const entries = `select created, position from ${source} and ${olderEntries(param)}`;
    const filters = [
      ...filtersOf(param, { count: requiredCount, name: "required_", word: "exists" }),
      ...filtersOf(param, { count: excludedCount, name: "excluded_", word: "not exists" }),
    ];
    const oldest = "select created, position from entries order by created, position limit 1";
    const condition =
      filters.length === 0
        ? ""
        : `where (${filters.join(" and ")}) or (created, position) = (${oldest})`;
    return `with entries as materialized (${entries})
      select created, position, (select count(*) from entries) as read_count from entries ${condition}`;
  });
}

/** Looked up entry by entry: the offset keeps PostgreSQL from reading all rows of the other term into a table first. */
function filtersOf(
  param: Param<Params>,
  about: { readonly count: number; readonly name: string; readonly word: string },
): string[] {
  return Array.from(
    { length: about.count },
    (_, index) => `${about.word} (select 1 from search_terms as other
      where ${inScope(param)} and other.term = ${param(`${about.name}${index}`)}
        and other.created = entries.created and other.position = entries.position limit 1 offset 0)`,
  );
}

/** So many rows are read at once. */
export const rowCountMax = 32;

/**
 * The rows at these places, newest first; of two at the same place, both.
 *
 * @param places at most {@link rowCountMax}.
 */
export async function readRows<T extends Table>(
  reader: Reader,
  table: T,
  at: { readonly scope: Scope; readonly places: readonly Place[] },
): Promise<Row<T>[]> {
  const last = at.places.at(-1);
  if (last === undefined) return [];
  const padded = Array.from({ length: rowCountMax }, (_, index) => at.places[index] ?? last);
  const rows = await reader.select(rowQuery(table), {
    ...paramsOfScope(at.scope),
    ...numbered(
      "created_",
      padded.map(({ created }) => created),
    ),
    ...numbered(
      "position_",
      padded.map(({ position }) => position),
    ),
  });
  return rows.sort((a, b) => newestFirst(a as unknown as Place, b as unknown as Place));
}

const rowQueries = new WeakMap<Table, Query<Params, unknown>>();

function rowQuery<T extends Table>(table: T): Query<Params, Row<T>> {
  let query = rowQueries.get(table);
  if (query === undefined) {
    query = defineQuery<Params, unknown>([table], (param, dialect) =>
      dialect === "sqlite" ? rowsText(table, param) : lateralRowsText(table, param),
    );
    rowQueries.set(table, query);
  }
  return query as Query<Params, Row<T>>;
}

const placesText = (param: Param<Params>): string =>
  Array.from(
    { length: rowCountMax },
    (_, index) => `(${bigint(param(`created_${index}`))}, ${bigint(param(`position_${index}`))})`,
  ).join(", ");

const rowsText = (table: Table, param: Param<Params>): string =>
  `select ${columnsOf(table)} from "${table.name}"
  where ${inScope(param)} and (created, position) in (values ${placesText(param)})`;

/** One look into the index for each place: left to choose, PostgreSQL reads all rows of the account and hashes them. */
const lateralRowsText = (table: Table, param: Param<Params>): string =>
  `select found.* from (select distinct * from (values ${placesText(param)}) as listed (created, position)) as place
  cross join lateral (
    select ${columnsOf(table)} from "${table.name}" as stored
    where ${inScope(param)} and stored.created = place.created and stored.position = place.position offset 0
  ) as found`;

/** The terms of a field that some row has, ascending: each is one step in the index, however many rows have it. */
export async function readFieldTerms(
  reader: Reader,
  scope: Scope,
  field: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<number[]> {
  const { from, limit, to } = field;
  const rows = await reader.select(fieldTerms, { ...paramsOfScope(scope), from, limit, to });
  return rows.map(({ term }) => term);
}

const fieldTerms = defineQuery<Params, { readonly term: number }>([searchTerms], (param) => {
  const next = (condition: () => string): string =>
    `select min(term) from search_terms where ${inScope(param)} and ${condition()}`;
  const first = next(() => `term >= ${param("from")} and term <= ${param("to")}`);
  const following = next(() => `term > found.term and term <= ${param("to")}`);
  return `with recursive found (term, place) as (
      select (${first}), 1
      union all
      select (${following}), place + 1 from found
      where term is not null and place < ${param("limit")} + 0
    )
    select term from found where term is not null`;
});
