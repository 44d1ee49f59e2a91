/**
 * `GET /v1/things/search`, for secret keys: the one endpoint of every resource that can be searched.
 */
import { Type } from "../../core/schema-builder.ts";
import { type Operation, type PermissionName, search } from "../../operation.ts";
import type { Resource } from "../../resource.ts";
import type { Table } from "../../store/table.ts";
import type { Searchable } from "../fields.ts";
import { searchParameters, searchRows } from "./search.ts";

/** What `expand` may name of the answer itself. */
const totalCount = "total_count";

export const searchOperation = <T extends Table>(
  resource: Resource<T>,
  searchable: Searchable,
  about: { readonly path: string; readonly permission: PermissionName; readonly summary: string },
): Operation =>
  search({
    ...about,
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object(searchParameters),
    resource,
    run: (context, parameters) =>
      searchRows<T>(context.database.committed, searchable, {
        isCounted: parameters.expand?.includes(totalCount) ?? false,
        parameters,
        scope: context,
      }),
  });
