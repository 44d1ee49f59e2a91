/**
 * Lists, once for all resources: newest first, cursor pagination both ways that stays stable under inserts, and the
 * filters that a resource names.
 */
import type { Static } from "@sinclair/typebox";
import type { Scope } from "./context.ts";
import { invalidRequest } from "./core/errors.ts";
import { expand, integer, range, text } from "./core/parameters.ts";
import { Type } from "./core/schema-builder.ts";
import type { Page } from "./operation.ts";
import { type IncludedList, type Resource, retrieve } from "./resource.ts";
import type { Reader } from "./store/database.ts";
import { type PageRequest, selectPage, selectPageState } from "./store/page.ts";
import { defineQuery } from "./store/query.ts";
import type { Table } from "./store/table.ts";

/** The parameters that every list takes. */
export const listParameters = {
  created: Type.Optional(range()),
  ending_before: Type.Optional(text()),
  expand: Type.Optional(expand()),
  limit: Type.Optional(integer({ maximum: 100, minimum: 1 })),
  starting_after: Type.Optional(text()),
};
const ListParameters = Type.Object(listParameters);
export type ListParameters = Static<typeof ListParameters>;

const limitDefault = 10;

interface ListRequest {
  readonly scope: Scope;
  readonly parameters: ListParameters;
  /** Equality on columns; undefined values do not filter. */
  readonly filters?: PageRequest["filters"];
}

/**
 * @throws ApiError 400 when both cursors are given, or one of them names nothing of this account and mode.
 */
export async function listRows<T extends Table>(
  reader: Reader,
  resource: Resource<T>,
  request: ListRequest,
): Promise<Page<T>> {
  const asked = pageRequestOf(resource.table, request);
  const page = await selectPage(reader, resource.table, asked);
  // Only an empty page can come of a cursor that names nothing.
  if (asked.cursor !== undefined && page.rows.length === 0) {
    const { scope, parameters } = request;
    const param = parameters.starting_after === undefined ? "ending_before" : "starting_after";
    await retrieve(reader, resource, {
      // A list goes on where it was, also from an object that was deleted meanwhile.
      isDeletedFound: true,
      named: { id: asked.cursor, in: "parameter", param },
      scope,
    });
  }
  return page;
}

/** What decides whether {@link listRows} would answer as it did before. */
export const listState = (
  reader: Reader,
  resource: Resource,
  request: ListRequest,
): Promise<string> =>
  selectPageState(reader, resource.table, pageRequestOf(resource.table, request));

function pageRequestOf(
  table: Table,
  { scope, parameters, filters = {} }: ListRequest,
): PageRequest {
  const { starting_after: after, ending_before: before } = parameters;
  if (after !== undefined && before !== undefined) {
    throw invalidRequest(
      "You may only specify one of these parameters: ending_before, starting_after.",
      {
        code: "parameters_exclusive",
      },
    );
  }
  return {
    accountId: scope.accountId,
    created: parameters.created,
    cursor: after ?? before,
    direction: before === undefined ? "older" : "newer",
    // Deleted objects are in no list.
    filters: "deleted" in table.columns ? { ...filters, deleted: false } : filters,
    limit: parameters.limit ?? limitDefault,
    livemode: scope.livemode,
  };
}

const includedMax = 10;

/**
 * The newest of an object's children, shown inside it where they are asked for.
 *
 * @param about `column` of the children's table names the object.
 */
export function includedChildren(
  table: Table,
  about: { readonly column: string; readonly elements: string; url(id: string): string },
): IncludedList {
  const { column, elements, url } = about;
  const isKept = "deleted" in table.columns ? "and deleted = false" : "";
  const count = defineQuery<OfObject, { readonly total: number }>(
    [table],
    (param, dialect) => `select count(*)${dialect === "postgres" ? "::bigint" : ""} as total
      from "${table.name}" where account_id = ${param("accountId")}
        and livemode = ${param("livemode")} and "${column}" = ${param("id")} ${isKept}`,
  );
  return {
    elements,
    load: async (reader, { accountId, livemode }, id) => {
      const { rows } = await selectPage(reader, table, {
        accountId,
        direction: "older",
        filters: { [column]: id, ...(isKept === "" ? {} : { deleted: false }) },
        limit: includedMax,
        livemode,
      });
      const [counted] = await reader.select(count, { accountId, id, livemode });
      return { rows, total: Number(counted?.total ?? 0) };
    },
    url,
  };
}

interface OfObject {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly id: string;
}
