/**
 * Fills a store with deliveries that are due: copies, made in SQL, of the event and the delivery that one real charge
 * left. So a backlog of any length is there in seconds, and all of it was committed before anything is measured.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";

export interface Store {
  readonly dataDir: string;
  /** Null: SQLite. */
  readonly databaseUrl: string | null;
}

/** Reads or changes a store that no server on SQLite uses at the moment. */
export async function queryStore(
  { databaseUrl, dataDir }: Store,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (databaseUrl === null) {
    const database = new DatabaseSync(join(dataDir, "istripe.db"), { timeout: 5000 });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const deliveryColumns = [
  ...["account_id", "id", "livemode", "created", "position", "version", "endpoint", "event"],
  ...["event_type", "object_id", "sibling_count", "status", "attempt_count", "made_ms", "due_ms"],
  ...["lease_owner", "lease_until_ms", "ordered_by", "faults", "failure"],
];
const eventColumns = [
  ...["account_id", "id", "livemode", "created", "position", "type", "object_kind", "object_id"],
  ...["snapshot", "previous", "request_id", "idempotency_key"],
];

/** What the copies have of their own; all else is the original's. */
const own: Readonly<Record<string, string>> = {
  attempt_count: "0",
  due_ms: "made_ms",
  failure: "null",
  lease_owner: "null",
  lease_until_ms: "null",
  sibling_count: "1",
  status: "'pending'",
};

/**
 * Adds `count` deliveries, each of an event of its own, spread evenly over the endpoints.
 *
 * @param about `name` keeps the ids of one filling apart from those of another.
 */
export async function addBacklog(
  store: Store,
  about: { readonly count: number; readonly name: string },
): Promise<void> {
  const { count, name } = about;
  const [event] = await queryStore(
    store,
    "select account_id, id from events where type = 'charge.succeeded' order by position limit 1",
  );
  if (event === undefined) throw new Error("The store holds no event to make a backlog of.");
  const numbers = `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1})`;
  const id = (prefix: string): string => `'${prefix}${name}' || cast(1000000 + n.i as text)`;
  const written = (
    columns: readonly string[],
    table: string,
    ids: Record<string, string>,
  ): string =>
    columns.map((column) => ids[column] ?? own[column] ?? `${table}.${column}`).join(", ");
  await queryStore(
    store,
    `insert into events (${eventColumns.join(", ")}) ${numbers}
      select ${written(eventColumns, "e", { id: id("evt_"), position: "e.position + n.i" })}
      from n cross join events e where e.id = '${String(event["id"])}'`,
  );
  await queryStore(
    store,
    `insert into webhook_deliveries (${deliveryColumns.join(", ")}) ${numbers},
      w as (select id, row_number() over (order by position) - 1 as place, count(*) over () as total
        from webhook_endpoints where kind = 'endpoint')
      select ${written(deliveryColumns, "d", {
        endpoint: "w.id",
        event: id("evt_"),
        id: id("whd_"),
        position: "d.position + n.i",
      })}
      from n cross join (select * from webhook_deliveries where event = '${String(event["id"])}' limit 1) d
      join w on w.place = n.i % w.total`,
  );
}
