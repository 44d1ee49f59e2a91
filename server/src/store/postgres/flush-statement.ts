/**
 * All writes of a unit of work as one statement, so that a transaction without locks is one round trip and needs no
 * BEGIN. Updates and removals are compare-and-swaps; when one of them finds no row the statement divides by zero, and
 * PostgreSQL undoes it whole.
 */
import { type AnyRow, type Bound, codecOf } from "../codec.ts";
import type { Table } from "../table.ts";
import type { Write } from "../unit-of-work.ts";

/** SQLSTATE division_by_zero: in a flush, the sign of a lost compare-and-swap. */
export const lostSwapState = "22012";

/** The most statement texts that are kept; the shapes that the code can write are fewer. */
const textCountMax = 1000;

export interface FlushStatement {
  readonly text: string;
  readonly values: Bound[];
}

const textsByShape = new Map<string, string>();

/** @param writes in flush order, never empty, at most one per row. */
export function flushStatement(writes: readonly Write[]): FlushStatement {
  const swaps = writes.filter((write) => write.kind !== "insert");
  const inserts = insertsByTable(writes);
  const values: Bound[] = [];
  for (const write of swaps) pushSwap(values, write);
  for (const { table, rows } of inserts) {
    const codec = codecOf("postgres", table);
    for (const row of rows) values.push(...codec.values(row));
  }
  const shape = shapeOf(swaps, inserts);
  let text = textsByShape.get(shape);
  if (text === undefined) {
    text = textOf(swaps, inserts);
    if (textsByShape.size < textCountMax) textsByShape.set(shape, text);
  }
  return { text, values };
}

interface Inserts {
  readonly table: Table;
  readonly rows: AnyRow[];
}

/** Writes come sorted, so the inserts of one table stand together. */
function insertsByTable(writes: readonly Write[]): Inserts[] {
  const all: Inserts[] = [];
  for (const { kind, table, row } of writes) {
    if (kind !== "insert") continue;
    const last = all.at(-1);
    if (last?.table === table) last.rows.push(row);
    else all.push({ rows: [row], table });
  }
  return all;
}

function pushSwap(values: Bound[], { kind, table, row, changed, expectedVersion }: Write): void {
  const codec = codecOf("postgres", table);
  if (kind === "update") for (const name of changed) values.push(codec.encode(name, row[name]));
  values.push(...codec.keyValues(row));
  if (table.isVersioned) values.push(expectedVersion);
}

function shapeOf(swaps: readonly Write[], inserts: readonly Inserts[]): string {
  let shape = "";
  for (const { kind, table, changed } of swaps) shape += `${kind} ${table.name} ${changed.join()};`;
  for (const { table, rows } of inserts) shape += `${table.name} ${rows.length};`;
  return shape;
}

function textOf(swaps: readonly Write[], inserts: readonly Inserts[]): string {
  let valueCount = 0;
  const mark = (): string => `$${++valueCount}`;
  const parts = swaps.map((write) => `${swapText(write, mark)} returning 1`);
  // Reading the parts in their order makes PostgreSQL run them in it: rows are locked in the same order everywhere.
  const checks = parts.map((_, index) => `(select count(*) from w${index}) = 1`);
  for (const each of inserts) parts.push(insertText(each, mark));
  if (swaps.length === 0 && parts.length === 1) return parts.join();
  const named = parts.map((part, index) => `w${index} as (${part})`).join(", ");
  const check =
    checks.length === 0 ? "1" : `1 / (case when ${checks.join(" and ")} then 1 else 0 end)`;
  return `with ${named} select ${check}`;
}

function swapText({ kind, table, changed }: Write, mark: () => string): string {
  const assignments = changed.map((name) => `"${name}" = ${mark()}`).join(", ");
  const names = table.isVersioned ? [...table.key, "version"] : table.key;
  const condition = names.map((name) => `"${name}" = ${mark()}`).join(" and ");
  return kind === "remove"
    ? `delete from "${table.name}" where ${condition}`
    : `update "${table.name}" set ${assignments} where ${condition}`;
}

function insertText({ table, rows }: Inserts, mark: () => string): string {
  const names = table.columnNames.map((name) => `"${name}"`).join(", ");
  const tuples = rows.map(() => `(${table.columnNames.map(mark).join(", ")})`).join(", ");
  return `insert into "${table.name}" (${names}) values ${tuples}`;
}
