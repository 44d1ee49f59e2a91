/**
 * The two endpoints that nearly every resource has and that differ in nothing but names: one object by its id, and the
 * list of all, filtered by columns.
 */
import { type TProperties, Type } from "@sinclair/typebox";
import type { Context } from "./context.ts";
import { expand } from "./core/parameters.ts";
import { type ListParameters, listParameters, listRows, listState } from "./listing.ts";
import { list, type Operation, single } from "./operation.ts";
import { type Resource, retrieve } from "./resource.ts";
import type { FilterValue } from "./store/page.ts";
import type { Table } from "./store/table.ts";

interface Named {
  readonly path: string;
  readonly summary: string;
  /** Parameters that Stripe has here and iStripe has not built. */
  readonly unbuilt?: readonly string[];
}

/** `GET /v1/things/:id`, for secret keys. */
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
      retrieve(context.database.committed, resource, { named: { id, in: "url" }, scope: context }),
  });

/**
 * `GET /v1/things`, for secret keys.
 *
 * @param about `filters` are optional parameters, each named like the column that it must equal.
 */
export const listOperation = <T extends Table>(
  resource: Resource<T>,
  about: Named & { readonly filters: TProperties },
): Operation => {
  const { filters, ...named } = about;
  const names = Object.keys(filters);
  const requestOf = (context: Context, parameters: object) => {
    const given = parameters as Readonly<Record<string, FilterValue | undefined>>;
    return {
      filters: Object.fromEntries(names.map((name) => [name, given[name]])),
      parameters: parameters as ListParameters,
      scope: context,
    };
  };
  return list({
    ...named,
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ ...listParameters, ...filters }),
    resource,
    run: (context, parameters) =>
      listRows(context.database.committed, resource, requestOf(context, parameters)),
    ...(resource.followsClock
      ? {}
      : {
          state: (context: Context, parameters: object) =>
            listState(
              context.database.committed,
              resource as unknown as Resource,
              requestOf(context, parameters),
            ),
        }),
  });
};
