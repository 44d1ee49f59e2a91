/**
 * `expand`: replaces ids by the objects they name, up to four levels deep. Which fields can be expanded is declared by
 * each resource; what is asked for is checked before anything is executed.
 */
import type { Scope } from "../context.ts";
import { invalidRequest } from "../core/errors.ts";
import { shownName } from "../core/shown.ts";
import type { Resource, ShownAt } from "../resource.ts";
import type { Reader } from "../store/database.ts";
import type { Row, Table } from "../store/table.ts";

/** Every resource by name, so that an expandable field can say what it points to. */
export type Resources = ReadonlyMap<string, Resource>;

/** What to expand below an object: the field, and in turn what to expand below it. */
export interface Expansion {
  readonly field: string;
  readonly below: readonly Expansion[];
}

const levelsMax = 4;

/**
 * @param paths as the caller sent them; in lists they begin with `data.`.
 * @param resource what is answered, or what the list is of; undefined for an answer that has nothing to expand.
 * @throws ApiError 400 in Stripe's words.
 */
export function readExpansions(
  resources: Resources,
  paths: readonly string[] | undefined,
  about: { readonly resource: Resource | undefined; readonly isList: boolean },
): readonly Expansion[] {
  if (paths === undefined || paths.length === 0) return [];
  return merged(
    paths.map((path) => {
      const fields = path.split(".");
      if (fields.length > levelsMax) {
        throw invalidRequest(`You cannot expand more than ${levelsMax} levels of a property.`, {
          param: "expand",
        });
      }
      const inside = about.isList ? insideData(path, fields) : fields;
      checkPath(resources, { path, resource: about.resource }, inside);
      return inside;
    }),
  );
}

function insideData(path: string, [first, ...rest]: readonly string[]): readonly string[] {
  if (first === "data" && rest.length > 0) return rest;
  throw invalidRequest(
    `This property cannot be expanded (${shownName(path)}). You may want to try expanding 'data.${shownName(path)}' instead.`,
    { param: "expand" },
  );
}

function checkPath(
  resources: Resources,
  from: { readonly path: string; readonly resource: Resource | undefined },
  fields: readonly string[],
): void {
  let resource = from.resource;
  for (const field of fields) {
    const target = resource?.expands?.[field];
    if (target === undefined) {
      throw invalidRequest(`This property cannot be expanded (${shownName(from.path)}).`, {
        param: "expand",
      });
    }
    resource = resources.get(target);
  }
}

function merged(paths: readonly (readonly string[])[]): readonly Expansion[] {
  const byField = Map.groupBy(
    paths.filter((path) => path.length > 0),
    ([field]) => field ?? "",
  );
  return [...byField].map(([field, group]) => ({
    below: merged(group.map((path) => path.slice(1))),
    field,
  }));
}

export interface ExpansionReader {
  readonly reader: Reader;
  readonly resources: Resources;
  readonly scope: Scope;
  readonly at: ShownAt;
}

/** The object with what was asked for in place of the ids. A null stays null. */
export async function expandObject(
  from: ExpansionReader,
  resource: Resource,
  about: { readonly object: object; readonly expansions: readonly Expansion[] },
): Promise<object> {
  if (about.expansions.length === 0) return about.object;
  const expanded: Record<string, unknown> = { ...about.object };
  for (const { field, below } of about.expansions) {
    const id = expanded[field];
    const target = from.resources.get(resource.expands?.[field] ?? "");
    if (typeof id !== "string" || target === undefined) continue;
    const row = await from.reader.get(target.table, {
      account_id: from.scope.accountId,
      id,
    } as never);
    if (row === undefined)
      throw new Error(`the ${resource.name} names a ${target.name} that does not exist`);
    const object = target.present(row as Row<Table>, from.at);
    expanded[field] = await expandObject(from, target, { expansions: below, object });
  }
  return expanded;
}
