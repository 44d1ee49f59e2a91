/**
 * A resource as the API shows it: the table that holds its rows, the wire schema, and the pure conversion from one to
 * the other. Answers, idempotent replays and events all render through this, so an object looks the same everywhere.
 */
import type { TSchema } from "@sinclair/typebox";
import type { Scope } from "./context.ts";
import { type ApiError, otherModeHint, resourceMissing } from "./core/errors.ts";
import type { EmittedEvent, EventType } from "./core/events.ts";
import type { Ids } from "./core/ids.ts";
import { Type } from "./core/schema-builder.ts";
import { resource as wireObject } from "./core/serializer/types.ts";
import type { Reader, Transaction } from "./store/database.ts";
import { snapshotOf } from "./store/snapshot.ts";
import type { Key, Row, Table } from "./store/table.ts";

/** The moment an object is shown at: some fields follow the business clock. */
export interface ShownAt {
  /** Unix seconds of the mode's business clock. */
  readonly now: number;
}

export interface Resource<T extends Table = Table> {
  /** The `object` field, and the kind under which events keep snapshots. */
  readonly name: string;
  /** How Stripe's sentences name it: "No such charge: …". */
  readonly noun: string;
  /** The `param` of the error when the id in the URL is unknown. */
  readonly idParameter: string;
  readonly table: T;
  /** The column that holds the object's id, where it is not `id`. */
  readonly idColumn?: keyof Row<T>;
  readonly schema: TSchema;
  present(row: Row<T>, at: ShownAt): object;
  /** Whether the object changes as time passes although its row does not. */
  readonly followsClock?: boolean;
  /** The fields that `expand` may replace or add. */
  readonly expands?: Readonly<Record<string, Expandable>>;
  /** Fields of Stripe's that `expand` may name and iStripe has not built: they answer 501. */
  readonly unbuiltExpansions?: readonly string[];
  /** Rows that the API no longer shows at all. */
  isGone?(row: Row<T>): boolean;
  /** Deleted objects of which the API still shows that they were: by id, and where they are expanded. */
  readonly deleted?: { readonly schema: TSchema; isDeleted(row: Row<T>): boolean };
}

/**
 * What `expand` makes of a field: the resource that an id names, by its prefix where it may be of several; or a list
 * that is there only when it is asked for.
 */
export type Expandable = string | { readonly [prefix: string]: string } | IncludedList;

/** A list of an object's children, shown inside it. */
export interface IncludedList {
  readonly elements: string;
  url(id: string): string;
  /** The newest children, at most ten, and how many there are. */
  load(
    reader: Reader,
    scope: Scope,
    id: string,
  ): Promise<{ readonly rows: readonly unknown[]; readonly total: number }>;
}

export const isIncludedList = (expandable: Expandable): expandable is IncludedList =>
  typeof expandable === "object" && typeof expandable["load"] === "function";

/** The names of the resources that an expandable field may show. */
export const namesOf = (expandable: Expandable): readonly string[] => {
  if (typeof expandable === "string") return [expandable];
  return isIncludedList(expandable) ? [expandable.elements] : Object.values(expandable);
};

/** The object as the API shows it, or what is left to show of a deleted one. */
export function presentRow<T extends Table>(
  resource: Resource<T>,
  row: Row<T>,
  at: ShownAt,
): object {
  if (!resource.deleted?.isDeleted(row)) return resource.present(row, at);
  return { deleted: true, id: (row as unknown as ResourceRow).id, object: resource.name };
}

/** The schema of what is left to show of a deleted object. */
export const deletedSchema = (name: string) =>
  wireObject({
    deleted: Type.Literal(true),
    id: Type.String(),
    object: Type.Literal(name),
  });

/** The columns that every resource's table has. */
interface ResourceRow {
  readonly account_id: string;
  readonly id: string;
  readonly livemode: boolean;
}

/** What a lookup by id says about where the id came from. */
export interface Named {
  readonly id: string;
  readonly in: "url" | "parameter";
  /** The parameter that named it; the resource's own when it was in the URL. */
  readonly param?: string;
}

/**
 * The row of the caller's account and mode.
 *
 * @throws ApiError 404 (in the URL) or 400 (in a parameter) `resource_missing`, with Stripe's hint when the id belongs
 * to the other mode. Another account's id is simply unknown.
 */
export async function retrieve<T extends Table>(
  reader: Reader,
  resource: Resource<T>,
  at: {
    readonly scope: Scope;
    readonly named: Named;
    /** Whether a deleted object is found too. */
    readonly isDeletedFound?: boolean;
  },
): Promise<Row<T>> {
  const { scope, named, isDeletedFound = false } = at;
  const missing = (hint?: string): ApiError =>
    resourceMissing(resource.noun, named.id, {
      hint,
      in: named.in,
      param: named.param ?? resource.idParameter,
    });
  // No id holds a NUL, and no database could be asked for one.
  if (named.id.includes("\0")) throw missing();
  const key = { account_id: scope.accountId, id: named.id } as unknown as Key<T>;
  const row = await reader.get(resource.table, key);
  if (row === undefined || resource.isGone?.(row)) throw missing();
  if (!isDeletedFound && resource.deleted?.isDeleted(row)) throw missing();
  const { livemode } = row as unknown as ResourceRow;
  if (livemode !== scope.livemode) throw missing(otherModeHint(scope.livemode));
  return row;
}

/** Who tells of something: on whose behalf, and when. */
export type Telling = Scope & {
  readonly ids: Ids;
  /** Unix seconds of the business clock. */
  readonly now: number;
  readonly request: EmittedEvent["request"];
};

/** The event that tells of `row` as it stands at the commit, and of `before` when it was a change. */
export function eventOf<T extends Table>(
  context: Telling,
  type: EventType,
  about: { readonly resource: Resource<T>; readonly row: Row<T>; readonly before?: Row<T> },
): EmittedEvent {
  const { resource, row, before } = about;
  return {
    accountId: context.accountId,
    created: context.now,
    id: context.ids.next("evt_"),
    livemode: context.livemode,
    object: {
      id: String(row[resource.idColumn ?? ("id" as keyof Row<T>)]),
      kind: resource.name,
      values: snapshotOf(resource.table, row),
    },
    ...(before === undefined ? {} : { previous: changedColumns(resource.table, before, row) }),
    request: context.request,
    type,
  };
}

/**
 * Changes a row and tells of it; where nothing would differ, it does neither.
 *
 * @returns the row as it stands then.
 */
export function changeRow<T extends Table>(
  tx: Transaction,
  context: Telling,
  about: {
    readonly resource: Resource<T>;
    readonly row: Row<T>;
    readonly changes: Partial<Row<T>>;
    readonly event: EventType;
  },
): Row<T> {
  const { resource, row, changes, event } = about;
  const differing = Object.fromEntries(
    Object.entries(changes).filter(
      ([name, value]) => !isSame(value, (row as Readonly<Record<string, unknown>>)[name]),
    ),
  ) as Partial<Row<T>>;
  if (Object.keys(differing).length === 0) return row;
  const after = tx.update(resource.table, row, differing);
  tx.emit(eventOf(context, event, { before: row, resource, row: after }));
  return after;
}

/** Documents are compared by what they say. */
const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));

function changedColumns<T extends Table>(
  table: T,
  before: Row<T>,
  after: Row<T>,
): Record<string, unknown> {
  const was = before as Readonly<Record<string, unknown>>;
  const is = after as Readonly<Record<string, unknown>>;
  const changed = table.columnNames.filter((name) => !isSame(was[name], is[name]));
  return Object.fromEntries(changed.map((name) => [name, was[name]]));
}
