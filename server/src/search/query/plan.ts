/**
 * How a query is answered from the index: which unions of terms hold all of its rows, and which terms the rows of all
 * of its clauses have or lack. Any union will do, since every row is checked; the one that is read is chosen where the
 * entries are, by how far back the next few of them reach.
 */
import type { Scope } from "../../context.ts";
import type { Reader } from "../../store/database.ts";
import type { Row, Table } from "../../store/table.ts";
import type { Searchable } from "../fields.ts";
import { type Cover, coverOf } from "../index/terms.ts";
import { type Condition, conditionOf, holds } from "./condition.ts";
import { type EntryRequest, type Place, readEntries, readFieldTerms } from "./entries.ts";
import { parseQuery } from "./parse-query.ts";

export interface Plan {
  readonly searchable: Searchable;
  /** Each has all rows of the query; none when only the table has. */
  readonly unions: readonly (readonly number[])[];
  readonly required: readonly number[];
  readonly excluded: readonly number[];
  /** Unix seconds, inclusive. */
  readonly createdMin: number;
  readonly createdMax: number;
  /** Whether the row is asked for. */
  isMatch(row: Row<Table>): boolean;
}

/** A field with more values than these is read as if it had no index, when all but one of them are asked for. */
const otherValueCountMax = 128;

/** @throws ApiError 400 when the query cannot be read or asks for what the resource does not have. */
export async function planOf(
  reader: Reader,
  scope: Scope,
  about: { readonly searchable: Searchable; readonly query: string },
): Promise<Plan> {
  const { searchable } = about;
  const { clauses, joinedBy } = parseQuery(about.query);
  const conditions = clauses.map((clause) => conditionOf(searchable, clause));
  const covers: Cover[] = [];
  for (const condition of joinedBy === "and" ? merged(conditions) : conditions) {
    const cover = coverOf(searchable, condition);
    covers.push(await withOthers(reader, scope, cover));
  }
  return joinedBy === "and"
    ? planOfAll(searchable, conditions, covers)
    : planOfAny(searchable, conditions, await narrowest(reader, scope, { covers, searchable }));
}

/** The ranges of one field as their common part, so that both of its ends are found by the index at once. */
function merged(conditions: readonly Condition[]): readonly Condition[] {
  const ranges = new Map<string, Condition>();
  const rest: Condition[] = [];
  for (const condition of conditions) {
    const { field, isNegated, test, type } = condition;
    if (test.kind !== "range" || type !== "numeric" || isNegated || field === null) {
      rest.push(condition);
      continue;
    }
    const known = ranges.get(field)?.test;
    const { low, high } = known?.kind === "range" ? known : test;
    const common = { high: Math.min(high, test.high), low: Math.max(low, test.low) };
    ranges.set(field, { ...condition, test: { kind: "range", ...common } });
  }
  return [...ranges.values(), ...rest];
}

async function withOthers(reader: Reader, scope: Scope, cover: Cover): Promise<Cover> {
  const { others } = cover;
  if (others === undefined) return cover;
  const limit = otherValueCountMax + others.but.length + 1;
  const terms = await readFieldTerms(reader, scope, { ...others, limit });
  const wanted = terms.filter((term) => !others.but.includes(term));
  return wanted.length > otherValueCountMax ? cover : { ...cover, unions: [wanted] };
}

function planOfAll(
  searchable: Searchable,
  conditions: readonly Condition[],
  covers: readonly Cover[],
): Plan {
  const unions = covers.flatMap((cover) => cover.unions);
  const single = unions.filter((union) => union.length === 1);
  return {
    ...createdBounds(conditions),
    excluded: covers.flatMap(({ excluded }) => excluded ?? []),
    isMatch: (row) => conditions.every((condition) => holds(searchable, condition, row)),
    required: [...new Set(single.flat())],
    searchable,
    unions,
  };
}

/** All rows of any clause stand in the union of one union of each. */
function planOfAny(
  searchable: Searchable,
  conditions: readonly Condition[],
  unions: readonly (readonly number[] | undefined)[],
): Plan {
  const isCovered = unions.every((union) => union !== undefined);
  return {
    ...anyTime,
    excluded: [],
    isMatch: (row) => conditions.some((condition) => holds(searchable, condition, row)),
    required: [],
    searchable,
    unions: isCovered ? [[...new Set(unions.flatMap((union) => union ?? []))]] : [],
  };
}

async function narrowest(
  reader: Reader,
  scope: Scope,
  { covers, searchable }: { readonly covers: readonly Cover[]; readonly searchable: Searchable },
): Promise<readonly (readonly number[] | undefined)[]> {
  const chosen: (readonly number[] | undefined)[] = [];
  for (const { unions } of covers) {
    const request = { ...anywhere, scope, table: searchable.table };
    chosen.push(await narrowestUnion(reader, unions, request));
  }
  return chosen;
}

const anyTime = { createdMax: Number.MAX_SAFE_INTEGER - 1, createdMin: Number.MIN_SAFE_INTEGER };

const anywhere = {
  before: { created: Number.MAX_SAFE_INTEGER, position: 0 },
  createdMin: Number.MIN_SAFE_INTEGER,
  excluded: [],
  required: [],
};

/** So many entries of each union are looked at to choose between them. */
const probeSize = 64;

/**
 * The union whose next entries reach furthest back: it has the fewest rows to look at. Undefined when there is none.
 */
export async function narrowestUnion(
  reader: Reader,
  unions: readonly (readonly number[])[],
  request: Omit<EntryRequest, "limit" | "union">,
): Promise<readonly number[] | undefined> {
  if (unions.length < 2) return unions[0];
  let best: { readonly union: readonly number[]; readonly reach: Reach } | undefined;
  for (const union of unions) {
    const { end, readCount } = await readEntries(reader, {
      ...request,
      excluded: [],
      limit: probeSize,
      required: [],
      union,
    });
    const reach = { end, readCount };
    if (best === undefined || isFurther(reach, best.reach)) best = { reach, union };
  }
  return best?.union;
}

interface Reach {
  readonly end: Place | undefined;
  readonly readCount: number;
}

function isFurther(a: Reach, b: Reach): boolean {
  if (a.end === undefined || b.end === undefined) {
    return a.end === b.end ? a.readCount < b.readCount : a.end === undefined;
  }
  return a.end.created === b.end.created
    ? a.end.position < b.end.position
    : a.end.created < b.end.created;
}

function createdBounds(conditions: readonly Condition[]): {
  createdMax: number;
  createdMin: number;
} {
  const bounds = { ...anyTime };
  for (const { isNegated, test, type } of conditions) {
    if (type !== "created" || test.kind !== "range") continue;
    const range = isNegated ? outside(test) : test;
    if (range === undefined) continue;
    bounds.createdMin = Math.max(bounds.createdMin, range.low);
    bounds.createdMax = Math.min(bounds.createdMax, range.high);
  }
  return bounds;
}

/** What is not in a range is one range too, if it is open on one side. */
function outside({ low, high }: { low: number; high: number }) {
  if (low === Number.MIN_SAFE_INTEGER) return { high: Number.MAX_SAFE_INTEGER, low: high + 1 };
  if (high === Number.MAX_SAFE_INTEGER) return { high: low - 1, low: Number.MIN_SAFE_INTEGER };
  return undefined;
}
