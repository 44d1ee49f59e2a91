/**
 * A resource as the API shows it: the table that holds its rows, the wire schema, and the pure conversion from one to
 * the other. Answers, idempotent replays and events all render through this, so an object looks the same everywhere.
 */
import type { TSchema } from "@sinclair/typebox";
import type { Scope } from "./context.ts";
import { type ApiError, otherModeHint, resourceMissing } from "./core/errors.ts";
import type { EmittedEvent, EventType } from "./core/events.ts";
import type { Reader } from "./store/database.ts";
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
  readonly schema: TSchema;
  present(row: Row<T>, at: ShownAt): object;
  /** Whether the object changes as time passes although its row does not. */
  readonly followsClock?: boolean;
  /** The fields that hold an id which `expand` may replace, with the resource each names. */
  readonly expands?: Readonly<Record<string, string>>;
  /** Rows that the API no longer shows, such as deleted ones. */
  isGone?(row: Row<T>): boolean;
}

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
  at: { readonly scope: Scope; readonly named: Named },
): Promise<Row<T>> {
  const { scope, named } = at;
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
  const { livemode } = row as unknown as ResourceRow;
  if (livemode !== scope.livemode) throw missing(otherModeHint(scope.livemode));
  return row;
}

/** The event that tells of `row` as it stands at the commit, and of `before` when it was a change. */
export function eventOf<T extends Table>(
  context: Scope & { readonly now: number; readonly request: EmittedEvent["request"] },
  type: EventType,
  about: { readonly resource: Resource<T>; readonly row: Row<T>; readonly before?: Row<T> },
): EmittedEvent {
  const { resource, row, before } = about;
  return {
    accountId: context.accountId,
    created: context.now,
    livemode: context.livemode,
    object: {
      id: (row as unknown as ResourceRow).id,
      kind: resource.name,
      values: snapshotOf(resource.table, row),
    },
    ...(before === undefined ? {} : { previous: changedColumns(resource.table, before, row) }),
    request: { id: context.request.id, idempotencyKey: context.request.idempotencyKey },
    type,
  };
}

function changedColumns<T extends Table>(
  table: T,
  before: Row<T>,
  after: Row<T>,
): Record<string, unknown> {
  const was = before as Readonly<Record<string, unknown>>;
  const is = after as Readonly<Record<string, unknown>>;
  const changed = table.columnNames.filter((name) => was[name] !== is[name]);
  return Object.fromEntries(changed.map((name) => [name, was[name]]));
}
