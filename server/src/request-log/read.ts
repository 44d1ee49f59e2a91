/**
 * Reads the request log within one account and mode. A filtered page looks at a bounded number of records, and says
 * that there is more when it stopped there, so that an empty page never passes for the end of the log.
 */
import type { Context } from "../context.ts";
import { resourceMissing } from "../core/errors.ts";
import { type Filters, lastRecords, matchingRecords, type Stretch } from "./queries.ts";
import { type RequestLogRow, requestLogs } from "./schema.ts";

/** How many records one page looks at: some 20 ms of work at the most. */
export const looksMax = 10_000;
const limitDefault = 10;

export const statusClasses = ["2xx", "4xx", "5xx"] as const;

export interface LogRequest {
  readonly created?:
    | number
    | {
        readonly gt?: number | undefined;
        readonly gte?: number | undefined;
        readonly lt?: number | undefined;
        readonly lte?: number | undefined;
      };
  readonly limit?: number;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly path?: string;
  readonly starting_after?: string;
  readonly status_class?: (typeof statusClasses)[number];
}

/** @throws ApiError 404 for an id that is not, or no longer, in the log. */
export const findRecord = (context: Context, id: string): Promise<RequestLogRow> =>
  recordOf(context, { id, in: "url", param: "id" });

/** The newest first. `hasMore` also where the page is short because it has looked at enough. */
export async function listRecords(
  context: Context,
  request: LogRequest,
): Promise<{ readonly rows: readonly RequestLogRow[]; readonly hasMore: boolean }> {
  const { committed } = context.database;
  const { limit = limitDefault } = request;
  const stretch = await stretchOf(context, request);
  const filters = filtersOf(request);
  const kind = filters.statusFrom >= 400 ? "errors" : "any";
  const rows = await committed.select(matchingRecords[kind], {
    ...stretch,
    ...filters,
    limit: limit + 1,
    looks: looksMax,
  });
  if (rows.length > limit) return { hasMore: true, rows: rows.slice(0, limit) };
  const beyond = await committed.select(lastRecords[kind], { ...stretch, offset: looksMax });
  return { hasMore: beyond.length > 0, rows };
}

async function stretchOf(context: Context, request: LogRequest): Promise<Stretch> {
  const { accountId, livemode } = context;
  const { created = {}, starting_after: id } = request;
  const range = typeof created === "number" ? { gte: created, lte: created } : created;
  const cursor =
    id === undefined
      ? undefined
      : await recordOf(context, { id, in: "parameter", param: "starting_after" });
  return {
    accountId,
    beforeCreated: cursor?.created ?? Number.MAX_SAFE_INTEGER,
    beforePosition: cursor?.position ?? Number.MAX_SAFE_INTEGER,
    from: Math.max(range.gte ?? 0, (range.gt ?? -1) + 1),
    livemode,
    // Also the cursor's second, because engines seek by the range and only filter by the cursor.
    to: Math.min(
      range.lte ?? Number.MAX_SAFE_INTEGER,
      (range.lt ?? Number.MAX_SAFE_INTEGER) - 1,
      cursor?.created ?? Number.MAX_SAFE_INTEGER,
    ),
  };
}

function filtersOf(request: LogRequest): Filters {
  const { method = "", path = "", status_class: statusClass } = request;
  const hundreds = statusClass === undefined ? undefined : Number(statusClass.charAt(0)) * 100;
  return {
    method,
    path,
    statusFrom: hundreds ?? 0,
    statusTo: hundreds === undefined ? 999 : hundreds + 99,
  };
}

async function recordOf(
  { accountId, database, livemode }: Context,
  named: { readonly id: string; readonly in: "url" | "parameter"; readonly param: string },
): Promise<RequestLogRow> {
  const row = await database.committed.get(requestLogs, { account_id: accountId, id: named.id });
  if (row !== undefined && row.livemode === livemode) return row;
  throw resourceMissing("request log", named.id, {
    ...named,
    hint: "it was not kept, is not written yet, or is older than the log keeps.",
  });
}
