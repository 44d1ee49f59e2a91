/**
 * Shows an event: its object is rendered from the snapshot by whichever resource made it, and the attributes that an
 * update changed are the difference between two renderings. Events know resources only by the kind they were given.
 */
import type { Resource, ShownAt } from "../../resource.ts";
import { rowOfSnapshot } from "../../store/snapshot.ts";
import type { Row, Table } from "../../store/table.ts";
import { Event, type EventRow, events } from "./schema.ts";

/** An event, and how many endpoints have not taken it yet: 0 where nobody counted. */
export type PendingEventRow = EventRow & { readonly pendingWebhooks?: number };

/** @param kinds every resource whose events may be read, by its name. @param apiVersion what objects are rendered as. */
export function createEventResource(
  kinds: ReadonlyMap<string, Resource>,
  apiVersion: string,
): Resource<typeof events> {
  return {
    idParameter: "id",
    name: "event",
    noun: "event",
    present: (row) => {
      const kind = kinds.get(row.object_kind);
      if (kind === undefined)
        throw new Error(`an event holds an object of an unknown kind ${row.object_kind}`);
      return {
        api_version: apiVersion,
        created: row.created,
        data: presentData(kind, row),
        id: row.id,
        livemode: row.livemode,
        object: "event",
        pending_webhooks: (row as PendingEventRow).pendingWebhooks ?? 0,
        request: { id: row.request_id, idempotency_key: row.idempotency_key },
        type: row.type,
      };
    },
    schema: Event,
    table: events,
  };
}

function presentData(kind: Resource, event: EventRow): object {
  const at: ShownAt = { now: event.created };
  const row = rowOfSnapshot(kind.table, event.snapshot) as Row<Table>;
  const object = kind.present(row, at);
  if (event.previous === null) return { object };
  const before = kind.present({ ...row, ...event.previous } as Row<Table>, at);
  return { object, previous_attributes: changedAttributes(before, object) };
}

type Attributes = Readonly<Record<string, unknown>>;

/** The old values of what changed: for a nested hash only its changed leaves, for an array the whole old one. */
function changedAttributes(before: object, after: object): Attributes {
  const is = after as Attributes;
  const changed = Object.entries(before)
    .filter(([name, was]) => JSON.stringify(was) !== JSON.stringify(is[name]))
    .map(([name, was]) => {
      const now = is[name];
      return [name, isHash(was) && isHash(now) ? changedAttributes(was, now) : was];
    });
  // A leaf that was not there before was nothing, which is how a receiver undoes the change.
  const added = Object.keys(after).filter((name) => !(name in before));
  return Object.fromEntries([...changed, ...added.map((name) => [name, null])]);
}

const isHash = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
