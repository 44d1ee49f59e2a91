/**
 * Writes events as JSON for those who are told of them. What an event's object may hold is known from its kind, so its
 * writing is compiled, as an answer's is: told apart from nothing, a large object takes several times as long.
 */
import type { TObject, TSchema } from "@sinclair/typebox";
import { Type } from "../../core/schema-builder.ts";
import { compileSerializer, type SerializedText } from "../../core/serializer/compile.ts";
import { resource, unknown } from "../../core/serializer/types.ts";
import type { Resource } from "../../resource.ts";
import { Event, type EventRow, type events } from "./schema.ts";

type Write = (event: object) => SerializedText;

/**
 * @param kinds every resource whose events may be told, by its name.
 * @returns what writes an event, as if no endpoint waited for it.
 */
export function createEventWriter(
  shown: Resource<typeof events>,
  kinds: ReadonlyMap<string, Resource>,
): (row: EventRow) => string {
  const writeAny = compileSerializer(Event as TSchema) as Write;
  const writers = new Map<string, Write>();
  const writerOf = (kind: string): Write => {
    let write = writers.get(kind);
    if (write === undefined) {
      const { schema } = kinds.get(kind) ?? {};
      write = schema === undefined ? writeAny : (compileSerializer(eventOf(schema)) as Write);
      writers.set(kind, write);
    }
    return write;
  };
  return (row) => {
    const event = shown.present(row, { now: row.created });
    try {
      return writerOf(row.object_kind)(event).text;
    } catch {
      // An old snapshot may hold what today's schema does not allow. It happened so, and is told so.
      return writeAny(event).text;
    }
  };
}

const eventOf = (object: TSchema): TObject =>
  resource({
    ...Event.properties,
    data: Type.Object({ object, previous_attributes: Type.Optional(unknown()) }),
  });
