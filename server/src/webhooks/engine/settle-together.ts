/**
 * Stores many attempts in one statement, which on PostgreSQL is one round trip and one commit for all of them. Each
 * delivery is compared with the version it was sent as, so one that was changed meanwhile is left out, and told.
 */
import type { Database } from "../../store/database.ts";
import { defineQuery } from "../../store/query.ts";
import { type Column, sqlTypes, type Table } from "../../store/table.ts";
import { webhookAttempts, webhookDeliveries } from "../deliveries/schema.ts";
import type { AfterAttempt } from "./after-attempt.ts";
import type { Attempted } from "./attempt.ts";

/** @returns the ids of the deliveries that were stored, each with its attempt. */
export async function settleTogether(
  database: Database,
  steps: readonly (AfterAttempt & { readonly attempted: Attempted })[],
): Promise<ReadonlySet<string>> {
  const settled = steps.map(({ attempt, attempted, row }) => ({
    ...storedValues(webhookAttempts, attempt),
    d_attempt_count: row.attempt_count,
    d_due_ms: row.due_ms,
    d_failure: row.failure === null ? null : JSON.stringify(row.failure),
    d_lease_owner: row.lease_owner,
    d_lease_until_ms: row.lease_until_ms,
    d_status: row.status,
    d_version: attempted.delivery.version,
  }));
  const rows = await database.transact((tx) =>
    tx.select(settleAll, { settled: JSON.stringify(settled) }),
  );
  return new Set(rows.map(({ id }) => id));
}

/** JSON documents are stored as text, so within the JSON they are texts too. */
const storedValues = (
  table: Table,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    table.columnNames.map((name) => {
      const value = row[name];
      const isDocument = table.columns[name]?.kind === "json" && value !== null;
      return [name, isDocument ? JSON.stringify(value) : value];
    }),
  );

const definitions = (columns: Readonly<Record<string, Column>>, prefix = ""): string[] =>
  Object.entries(columns).map(([name, { kind }]) => `${prefix}${name} ${sqlTypes[kind]}`);

/** For PostgreSQL, whose updates may stand beside an insert. */
const settleAll = defineQuery<{ readonly settled: string }, { readonly id: string }>(
  [webhookDeliveries],
  (param) => {
    const changed = [
      "attempt_count",
      "due_ms",
      "failure",
      "lease_owner",
      "lease_until_ms",
      "status",
    ];
    const { columns } = webhookDeliveries;
    const changedColumns = Object.fromEntries(
      Object.entries(columns).filter(([name]) => changed.includes(name) || name === "version"),
    );
    const names = webhookAttempts.columnNames;
    return `with settled as materialized (
        select * from json_to_recordset(cast(${param("settled")} as json)) as x(
          ${[...definitions(webhookAttempts.columns), ...definitions(changedColumns, "d_")].join(", ")})
      ), stored as (
        update webhook_deliveries d
        set ${changed.map((name) => `${name} = s.d_${name}`).join(", ")}, version = s.d_version + 1
        from settled s
        where d.account_id = s.account_id and d.id = s.delivery and d.version = s.d_version
        returning d.account_id, d.id
      ), noted as (
        insert into webhook_attempts (${names.join(", ")})
        select ${names.map((name) => `s.${name}`).join(", ")} from settled s
        join stored on stored.account_id = s.account_id and stored.id = s.delivery
      )
      select id from stored`;
  },
);
