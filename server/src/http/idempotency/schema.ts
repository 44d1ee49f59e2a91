/**
 * Idempotency records: who holds a key, what it was first used with, and the answer it gave. An answer that is one
 * resource is kept as the values of its row, by the event that holds them where there is one, and rendered again; any
 * other as its text.
 */
import {
  boolean,
  type Column,
  defineTable,
  integer,
  json,
  nullable,
  type Row,
  text,
} from "../../store/table.ts";

/** How long a key is good for, at least. */
export const keyKeptMs = 24 * 3600 * 1000;
/** How much later the pruning may come by. */
const keyPruneSlackMs = 3600 * 1000;

export const idempotencyKeys = defineTable(
  "idempotency_keys",
  {
    account_id: text,
    livemode: boolean,
    key: text,
    created_ms: integer,
    version: integer,
    method: text,
    path: text,
    digest: text,
    request_id: text,
    lease_owner: nullable(text),
    lease_expires_ms: nullable(integer),
    recovery: nullable(text),
    status: nullable(integer),
    snapshot: nullable(json<readonly unknown[]>()) as Column<readonly unknown[] | null>,
    body: nullable(text),
    /** The event of the same request that holds the values of the answer. */
    event: nullable(text),
  },
  { key: ["account_id", "livemode", "key"], keyLifetimeMs: keyKeptMs + keyPruneSlackMs },
);
export type IdempotencyRow = Row<typeof idempotencyKeys>;
