/**
 * Answers a search: finds candidates in the index, newest first, and shows those whose rows match the query as they
 * stand now. An index that lags behind may miss what changed a moment ago; it never shows what does not match. The
 * work of a page is bounded: one that would take too long ends early and says where to go on.
 */
import { setImmediate } from "node:timers/promises";
import type { Static } from "@sinclair/typebox";
import type { Scope } from "../../context.ts";
import { expand, integer, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import type { Reader } from "../../store/database.ts";
import type { Row, Table } from "../../store/table.ts";
import type { Searchable } from "../fields.ts";
import { type Entries, type Place, readEntries, readRows, rowCountMax } from "./entries.ts";
import { pageTokenOf, placeOfToken } from "./page-token.ts";
import { narrowestUnion, type Plan, planOf } from "./plan.ts";

/** The parameters of every search. */
export const searchParameters = {
  expand: Type.Optional(expand()),
  limit: Type.Optional(integer({ maximum: 100, minimum: 1 })),
  page: Type.Optional(text()),
  query: text(),
};
const SearchParameters = Type.Object(searchParameters);
export type SearchParameters = Static<typeof SearchParameters>;

const limitDefault = 10;

export interface SearchRequest {
  readonly scope: Scope;
  readonly parameters: SearchParameters;
  /** Whether to count all rows that match. */
  readonly isCounted: boolean;
}

export interface SearchPage<T extends Table> {
  /** Newest first. */
  readonly rows: readonly Row<T>[];
  readonly hasMore: boolean;
  /** The token of the next page; null on the last. */
  readonly nextPage: string | null;
  /** How many rows match, up to 10,000; undefined unless it was asked for. */
  readonly totalCount: number | undefined;
}

/** What one answer may cost: entries of the index that are read, and rows that are compared with the query. */
interface Budget {
  readonly entryCountMax: number;
  readonly rowCountMax: number;
}
const pageBudget: Budget = { entryCountMax: 50_000, rowCountMax: 5000 };
const countBudget: Budget = { entryCountMax: 100_000, rowCountMax: 20_000 };

/** Stripe's: "only accurate up to 10,000". */
const totalCountMax = 10_000;

/** @throws ApiError 400 on `query` or `page`. */
export async function searchRows<T extends Table>(
  reader: Reader,
  searchable: Searchable,
  request: SearchRequest,
): Promise<SearchPage<T>> {
  const { parameters, scope } = request;
  const start = parameters.page === undefined ? undefined : placeOfToken(parameters.page);
  const plan = await planOf(reader, scope, { query: parameters.query, searchable });
  const limit = parameters.limit ?? limitDefault;
  const found = await find(reader, plan, {
    budget: pageBudget,
    from: start,
    // One row more than asked for tells whether there are more.
    limit: limit + 1,
    scope,
  });
  const rows = found.rows.slice(0, limit);
  const next = found.rows.length > limit ? placeOf(rows.at(-1)) : found.end;
  const total = request.isCounted
    ? await find(reader, plan, {
        budget: countBudget,
        from: undefined,
        limit: totalCountMax,
        scope,
      })
    : undefined;
  return {
    hasMore: next !== undefined,
    nextPage: next === undefined ? null : pageTokenOf(next),
    rows: rows as unknown as Row<T>[],
    totalCount: total === undefined ? undefined : Math.min(total.rows.length, totalCountMax),
  };
}

interface Search {
  readonly scope: Scope;
  /** Only what is older; undefined for all. */
  readonly from: Place | undefined;
  readonly limit: number;
  readonly budget: Budget;
}

interface Found {
  readonly rows: Row<Table>[];
  /** Where the search stopped for its budget; undefined when it found enough or there is no more. */
  readonly end: Place | undefined;
}

/**
 * Few at first, because most searches find a page at once; many later, because then matches are rare. The last is what
 * holds up other requests, for some 8 ms if all of its rows have to be compared.
 */
const readSizes = { factor: 4, first: 64, last: 1024 } as const;

async function find(reader: Reader, plan: Plan, search: Search): Promise<Found> {
  const rows: Row<Table>[] = [];
  const { budget, limit } = search;
  let before: Place | undefined = startOf(plan, search.from);
  let size: number = readSizes.first;
  const spent = { entryCount: 0, rowCount: 0 };
  while (spent.entryCount < budget.entryCountMax && spent.rowCount < budget.rowCountMax) {
    const entries = await readNext(reader, plan, { before, scope: search.scope, size });
    spent.entryCount += entries.readCount;
    spent.rowCount += entries.places.length;
    await addMatches(reader, plan, { entries, limit, rows, scope: search.scope });
    if (rows.length >= limit || entries.end === undefined) return { end: undefined, rows };
    before = entries.end;
    size = Math.min(size * readSizes.factor, readSizes.last);
    // Requests that arrived meanwhile go first.
    await setImmediate();
  }
  return { end: before, rows };
}

function startOf({ createdMax }: Plan, from: Place | undefined): Place {
  const start = { created: createdMax + 1, position: Number.MIN_SAFE_INTEGER };
  return from !== undefined && from.created <= createdMax ? from : start;
}

async function readNext(
  reader: Reader,
  plan: Plan,
  at: { readonly before: Place; readonly scope: Scope; readonly size: number },
): Promise<Entries> {
  const { createdMin, excluded, required, searchable, unions } = plan;
  const { before, scope, size } = at;
  const request = { before, createdMin, excluded, required, scope, table: searchable.table };
  const union = await narrowestUnion(reader, unions, request);
  return readEntries(reader, { ...request, limit: size, union });
}

async function addMatches(
  reader: Reader,
  plan: Plan,
  about: {
    readonly entries: Entries;
    readonly rows: Row<Table>[];
    readonly limit: number;
    readonly scope: Scope;
  },
): Promise<void> {
  const { entries, limit, rows, scope } = about;
  const { isMatch, searchable } = plan;
  for (let from = 0; from < entries.places.length && rows.length < limit; from += rowCountMax) {
    const places = entries.places.slice(from, from + rowCountMax);
    for (const row of await readRows(reader, searchable.table, { places, scope })) {
      if (!searchable.isGone?.(row) && isMatch(row)) rows.push(row);
    }
  }
}

function placeOf(row: Row<Table> | undefined): Place | undefined {
  return row === undefined ? undefined : (row as unknown as Place);
}
