/**
 * Events: the table and the wire object. A row keeps the values of its object as of the commit, not its rendering; the
 * event is rendered when it is read, and the stored one never changes.
 */
import { Type } from "../../core/schema-builder.ts";
import { nullable, resource, unknown } from "../../core/serializer/types.ts";
import * as column from "../../store/table.ts";

export const events = column.defineTable(
  "events",
  {
    account_id: column.text,
    id: column.text,
    livemode: column.boolean,
    created: column.integer,
    position: column.integer,
    type: column.text,
    object_kind: column.text,
    object_id: column.text,
    snapshot: column.json<readonly unknown[]>(),
    previous: column.nullable(column.json<Readonly<Record<string, unknown>>>()),
    request_id: column.nullable(column.text),
    idempotency_key: column.nullable(column.text),
  },
  { frequentValues: { type: ["charge.succeeded"] } },
);
export type EventRow = column.Row<typeof events>;

export const Event = resource({
  api_version: nullable(Type.String()),
  created: Type.Integer(),
  data: Type.Object({ object: unknown(), previous_attributes: Type.Optional(unknown()) }),
  id: Type.String(),
  livemode: Type.Boolean(),
  object: Type.Literal("event"),
  pending_webhooks: Type.Integer(),
  request: nullable(
    Type.Object({ id: nullable(Type.String()), idempotency_key: nullable(Type.String()) }),
  ),
  type: Type.String(),
});
