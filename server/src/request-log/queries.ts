/**
 * The statements of the request log. Each looks at a bounded number of records, whatever is asked for: the log may hold
 * a hundred million, and whoever searches in it must not hold up those who pay.
 */
import { columnsOf, defineQuery } from "../store/query.ts";
import { type RequestLogRow, requestLogs } from "./schema.ts";

interface OfMode {
  readonly accountId: string;
  readonly livemode: boolean;
}

/** A stretch of the log: records before a place, newest first, within a range of seconds. */
export interface Stretch extends OfMode {
  /** The first and the last second. */
  readonly from: number;
  readonly to: number;
  readonly beforeCreated: number;
  readonly beforePosition: number;
}

export interface Filters {
  /** Empty: any. */
  readonly method: string;
  readonly path: string;
  readonly statusFrom: number;
  readonly statusTo: number;
}

type Param<Name extends string> = (name: Name) => string;

/** In the text and not bound, because a planner cannot match a partial index against a bound value. */
const stretchOf = (param: Param<keyof Stretch>, isErrors: boolean): string =>
  `account_id = ${param("accountId")} and livemode = ${param("livemode")}
    and created >= ${param("from")} and created <= ${param("to")}
    and (created, position) < (${param("beforeCreated")}, ${param("beforePosition")})
    ${isErrors ? "and status >= 400" : ""}`;

const newestFirst = "order by created desc, position desc";

/** The matching ones among the newest `looks` records of a stretch. A sum at each limit, as in every list. */
const matching = (isErrors: boolean) =>
  defineQuery<
    Stretch & Filters & { readonly looks: number; readonly limit: number },
    RequestLogRow
  >(
    [requestLogs],
    (param) => `select ${columnsOf(requestLogs)} from (
      select ${columnsOf(requestLogs)} from request_logs where ${stretchOf(param, isErrors)}
      ${newestFirst} limit ${param("looks")} + 0) as looked_at
    where (${param("method")} = '' or method = ${param("method")})
      and (${param("path")} = '' or path = ${param("path")})
      and status >= ${param("statusFrom")} and status <= ${param("statusTo")}
    ${newestFirst} limit ${param("limit")} + 0`,
  );

/** The last record that was looked at, or none where the stretch ends before it. */
const lastLookedAt = (isErrors: boolean) =>
  defineQuery<Stretch & { readonly offset: number }, Pick<RequestLogRow, "id">>(
    [requestLogs],
    (param) => `select id from request_logs where ${stretchOf(param, isErrors)}
      ${newestFirst} limit 1 offset ${param("offset")} + 0`,
  );

export const matchingRecords = { any: matching(false), errors: matching(true) };
export const lastRecords = { any: lastLookedAt(false), errors: lastLookedAt(true) };

/** The second of the last of the next few records that are too old. */
export const nextSecond = defineQuery<
  OfMode & { readonly before: number; readonly limit: number },
  Pick<RequestLogRow, "created">
>(
  [requestLogs],
  (param) => `select created from request_logs
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and created < ${param("before")}
    order by created, position limit ${param("limit")} + 0`,
);

export const deleteUpTo = defineQuery<OfMode & { readonly created: number }, never>(
  [requestLogs],
  (param) => `delete from request_logs
    where account_id = ${param("accountId")} and livemode = ${param("livemode")}
      and created <= ${param("created")}`,
);
