/**
 * The values of a row in storage order, as events and idempotency records keep them: a tenth of the size of the
 * rendered object. Bytes are left out, because a snapshot is never the place of a sealed card. Rows
 * never change in place, so a row's snapshot is made once, however often it is written.
 */
import type { Row, Table } from "./table.ts";

type SnapshotOf = (row: Readonly<Record<string, unknown>>) => readonly unknown[];

/** Generated per table, because a loop over forty columns by name costs more than writing them down. */
const makers = new WeakMap<Table, SnapshotOf>();

/**
 * The last row and its snapshot: an event and an idempotency record of one row are written one after the other. A
 * WeakMap would keep every row and all that it hangs on alive until the next full collection.
 */
let lastRow: object | undefined;
let lastSnapshot: readonly unknown[] = [];

export function snapshotOf<T extends Table>(table: T, row: Row<T>): readonly unknown[] {
  if (row !== lastRow) {
    lastSnapshot = makerOf(table)(row as Readonly<Record<string, unknown>>);
    lastRow = row;
  }
  return lastSnapshot;
}

function makerOf(table: Table): SnapshotOf {
  let maker = makers.get(table);
  if (maker === undefined) {
    // The text is made of column names from our own table declarations and of nothing that a request could reach.
    const values = table.columnNames.map((name) =>
      table.columns[name]?.kind === "bytes" ? "null" : `row[${JSON.stringify(name)}] ?? null`,
    );
    maker = new Function("row", `"use strict"; return [${values.join(",")}];`) as SnapshotOf;
    makers.set(table, maker);
  }
  return maker;
}

type RowOf = (snapshot: readonly unknown[]) => Readonly<Record<string, unknown>>;

const readers = new WeakMap<Table, RowOf>();

/** The row again. Columns that were appended after the snapshot was taken read as null. */
export function rowOfSnapshot<T extends Table>(table: T, snapshot: readonly unknown[]): Row<T> {
  let reader = readers.get(table);
  if (reader === undefined) {
    // As above: of our own column names and nothing else.
    const fields = table.columnNames.map((name, at) => `${JSON.stringify(name)}: s[${at}] ?? null`);
    reader = new Function("s", `"use strict"; return {${fields.join(",")}};`) as RowOf;
    readers.set(table, reader);
  }
  return reader(snapshot) as Row<T>;
}
