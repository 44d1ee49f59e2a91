/**
 * `expand`: replaces ids by the objects they name, up to four levels deep. Which fields can be expanded is declared by
 * each resource; what is asked for is checked before anything is executed.
 */
import type { Scope } from "../context.ts";
import { invalidRequest, notImplemented } from "../core/errors.ts";
import { shownName } from "../core/shown.ts";
import {
  type Expandable,
  type IncludedList,
  isIncludedList,
  namesOf,
  presentRow,
  type Resource,
  type ShownAt,
} from "../resource.ts";
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
  let candidates = from.resource === undefined ? [] : [from.resource];
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    if (candidates.some((resource) => resource.unbuiltExpansions?.includes(field))) {
      throw notImplemented(`the expansion of '${shownName(from.path)}'`, "expand");
    }
    const targets = candidates
      .map((resource) => resource.expands?.[field])
      .filter((target) => target !== undefined);
    if (targets.length === 0) {
      throw invalidRequest(`This property cannot be expanded (${shownName(from.path)}).`, {
        param: "expand",
      });
    }
    // Below a list stands `data`, and then what its elements have.
    if (targets.some(isIncludedList) && fields[at + 1] === "data") at += 1;
    candidates = targets.flatMap(namesOf).flatMap((name) => resources.get(name) ?? []);
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
  // What is left of a deleted object names nothing.
  if (expanded["deleted"] === true) return about.object;
  for (const { field, below } of about.expansions) {
    const target = resource.expands?.[field];
    if (target === undefined) continue;
    if (isIncludedList(target)) {
      expanded[field] = await includedList(from, target, { below, id: String(expanded["id"]) });
      continue;
    }
    const id = expanded[field];
    if (typeof id === "string") expanded[field] = await named(from, target, { below, id });
  }
  return expanded;
}

interface Below {
  readonly id: string;
  readonly below: readonly Expansion[];
}

async function named(from: ExpansionReader, target: Expandable, { id, below }: Below) {
  const name =
    typeof target === "string"
      ? target
      : Object.entries(target).find(([prefix]) => id.startsWith(prefix))?.[1];
  const resource = from.resources.get(name ?? "");
  const row =
    resource === undefined
      ? undefined
      : await from.reader.get(resource.table, { account_id: from.scope.accountId, id } as never);
  if (resource === undefined || row === undefined) {
    throw new Error(`an object names a ${name} that does not exist`);
  }
  const object = presentRow(resource, row as Row<Table>, from.at);
  return expandObject(from, resource, { expansions: below, object });
}

async function includedList(
  from: ExpansionReader,
  list: IncludedList,
  { id, below }: Below,
): Promise<object> {
  const resource = from.resources.get(list.elements);
  if (resource === undefined) throw new Error(`there is no resource ${list.elements}`);
  const { rows, total } = await list.load(from.reader, from.scope, id);
  const expansions = below.flatMap(({ field, below: inside }) => (field === "data" ? inside : []));
  const data = await Promise.all(
    rows.map((row) =>
      expandObject(from, resource, {
        expansions,
        object: presentRow(resource, row as Row<Table>, from.at),
      }),
    ),
  );
  return {
    data,
    has_more: rows.length < total,
    object: "list",
    total_count: total,
    url: list.url(id),
  };
}
