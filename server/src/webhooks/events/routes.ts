/**
 * The endpoints of events.
 */
import { Type } from "@sinclair/typebox";
import { eventTypes } from "../../core/events.ts";
import { list as listOf, text } from "../../core/parameters.ts";
import { listParameters, listRows } from "../../listing.ts";
import { list, type Operation } from "../../operation.ts";
import { retrieveOperation } from "../../reading.ts";
import type { Resource } from "../../resource.ts";
import type { events } from "./schema.ts";

/** Stripe's limit of `types`. */
const typesMax = 20;

export const eventOperations = (eventResource: Resource<typeof events>): readonly Operation[] => [
  list({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object(
      {
        ...listParameters,
        type: Type.Optional(text()),
        types: Type.Optional(listOf(text(), { maxItems: typesMax })),
      },
      { "x-exclusive": [["type", "types"]] },
    ),
    path: "/v1/events",
    permission: "event",
    resource: eventResource,
    run: (context, parameters) =>
      listRows(context.database.committed, eventResource, {
        filters: { type: typesAsked(parameters.type, parameters.types) },
        parameters,
        scope: context,
      }),
    summary: "List events, newest first",
    unbuilt: ["delivery_success"],
  }),
  retrieveOperation(eventResource, {
    path: "/v1/events/:id",
    permission: "event",
    summary: "Retrieve an event",
  }),
];

/** The event types that are asked for; `charge.*` stands for all of its kind. Undefined when none is named. */
function typesAsked(
  type: string | undefined,
  types: readonly string[] | undefined,
): { readonly in: readonly string[] } | undefined {
  const asked = types ?? (type === undefined ? undefined : [type]);
  if (asked === undefined) return undefined;
  return { in: asked.flatMap((name) => (name.endsWith("*") ? matching(name.slice(0, -1)) : name)) };
}

const matching = (start: string): readonly string[] =>
  eventTypes.filter((name) => name.startsWith(start));
