/**
 * The values of a row in storage order, as events and idempotency records keep them: a tenth of the size of the
 * rendered object. Bytes are left out, because a snapshot is never the place of a sealed card.
 */
import type { Row, Table } from "./table.ts";

export function snapshotOf<T extends Table>(table: T, row: Row<T>): readonly unknown[] {
  const values = row as Readonly<Record<string, unknown>>;
  return table.columnNames.map((name) =>
    table.columns[name]?.kind === "bytes" ? null : (values[name] ?? null),
  );
}

/** The row again. Columns that were appended after the snapshot was taken read as null. */
export function rowOfSnapshot<T extends Table>(table: T, snapshot: readonly unknown[]): Row<T> {
  const entries = table.columnNames.map((name, index) => [name, snapshot[index] ?? null]);
  return Object.fromEntries(entries) as Row<T>;
}
