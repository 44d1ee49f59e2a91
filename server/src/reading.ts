/**
 * The two endpoints that nearly every resource has and that differ in nothing but names: one object by its id, and the
 * list of all, or of those of a parent, filtered by columns.
 */
import type { TProperties } from "@sinclair/typebox";
import type { Context } from "./context.ts";
import { expand } from "./core/parameters.ts";
import { Type } from "./core/schema-builder.ts";
import { type ListParameters, listParameters, listRows, listState } from "./listing.ts";
import { list, type Operation, type PermissionName, single } from "./operation.ts";
import { type Resource, retrieve } from "./resource.ts";
import type { FilterValue } from "./store/page.ts";
import type { Table } from "./store/table.ts";

interface Named {
  readonly path: string;
  readonly summary: string;
  readonly permission: PermissionName;
  /** Parameters that Stripe has here and iStripe has not built. */
  readonly unbuilt?: readonly string[];
}

/** `GET /v1/things/:id`, for secret keys. A deleted object is shown where its resource shows that it was. */
export const retrieveOperation = <T extends Table>(
  resource: Resource<T>,
  about: Named,
): Operation =>
  single({
    ...about,
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    resource,
    run: (context, _, id) =>
      retrieve(context.database.committed, resource, {
        isDeletedFound: true,
        named: { id, in: "url" },
        scope: context,
      }),
  });

/** Whose objects a list is of: `GET /v1/parents/:id/things`. */
export interface Parent {
  readonly resource: Resource;
  /** The column of the list's rows that names it. */
  readonly column: string;
}

/**
 * `GET /v1/things`, for secret keys.
 *
 * @param about `filters` are optional parameters, each named like the column that it must equal.
 */
export const listOperation = <T extends Table>(
  resource: Resource<T>,
  about: Named & { readonly filters?: TProperties; readonly parent?: Parent },
): Operation => {
  const { filters = {}, parent, ...named } = about;
  const names = Object.keys(filters);
  const requestOf = (context: Context, parameters: object, parentId: string) => {
    const given = parameters as Readonly<Record<string, FilterValue | undefined>>;
    const asked = names.map((name) => [name, given[name]] as const);
    if (parent !== undefined) asked.push([parent.column, parentId]);
    return {
      filters: Object.fromEntries(asked),
      parameters: parameters as ListParameters,
      scope: context,
    };
  };
  const checkParent = async (context: Context, id: string): Promise<void> => {
    if (parent === undefined) return;
    const named = { id, in: "url" } as const;
    await retrieve(context.database.committed, parent.resource, { named, scope: context });
  };
  return list({
    ...named,
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ ...listParameters, ...filters }),
    resource,
    run: async (context, parameters, parentId) => {
      await checkParent(context, parentId);
      const { committed } = context.database;
      return listRows(committed, resource, requestOf(context, parameters, parentId));
    },
    // A parent may be deleted while the rows stay as they are.
    ...(resource.followsClock || parent !== undefined
      ? {}
      : {
          state: (context: Context, parameters: object) =>
            listState(
              context.database.committed,
              resource as unknown as Resource,
              requestOf(context, parameters, ""),
            ),
        }),
  });
};
