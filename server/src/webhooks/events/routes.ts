/**
 * The endpoints of events.
 */

import type { Context } from "../../context.ts";
import { eventTypes } from "../../core/events.ts";
import { expand, id as idText, list as listOf, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { listParameters, listRows } from "../../listing.ts";
import { list, type Operation, plain, single } from "../../operation.ts";
import { type Resource, retrieve } from "../../resource.ts";
import { resendEvent } from "../deliveries/resend.ts";
import { withPending } from "./pending.ts";
import type { PendingEventRow } from "./resource.ts";
import type { EventRow, events } from "./schema.ts";

/** Stripe's limit of `types`. */
const typesMax = 20;

export const eventOperations = (eventResource: Resource<typeof events>): readonly Operation[] => {
  const found = (context: Context, id: string): Promise<EventRow> =>
    retrieve(context.database.committed, eventResource, {
      named: { id, in: "url" },
      scope: context,
    });
  return [
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
      run: async (context, parameters) => {
        const page = await listRows(context.database.committed, eventResource, {
          filters: { type: typesAsked(parameters.type, parameters.types) },
          parameters,
          scope: context,
        });
        return { ...page, rows: await withPending(context, page.rows) };
      },
      summary: "List events, newest first",
      unbuilt: ["delivery_success"],
    }),
    single({
      allow: ["secret"],
      method: "GET",
      parameters: Type.Object({ expand: Type.Optional(expand()) }),
      path: "/v1/events/:id",
      permission: "event",
      resource: eventResource,
      run: async (context, _, id) => {
        const [event] = await withPending(context, [await found(context, id)]);
        return event as EventRow;
      },
      summary: "Retrieve an event",
    }),
    plain({
      allow: ["secret"],
      method: "POST",
      parameters: Type.Object({ webhook_endpoint: Type.Optional(idText()) }),
      path: "/v1/events/:id/retry",
      permission: "event",
      run: async (context, parameters, id) => {
        const event = await found(context, id);
        return resendEvent(context, event, {
          answer: (pendingWebhooks) => {
            const row: PendingEventRow = { ...event, pendingWebhooks };
            return eventResource.present(row, context);
          },
          endpointId: parameters.webhook_endpoint,
        });
      },
      schema: eventResource.schema,
      summary: "Tell the endpoints, or one of them, of an event again",
    }),
  ];
};

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
