/**
 * All writes of a unit of work, or of several, as one statement, so that a transaction without locks is one round trip
 * and needs no BEGIN. Updates and removals are compare-and-swaps; when one of them finds no row the statement divides by
 * zero, and PostgreSQL undoes it whole.
 */
import { type AnyRow, type Bound, codecOf } from "../codec.ts";
import type { Column, Table } from "../table.ts";
import type { Write } from "../unit-of-work.ts";
import { arrayParameter, arrayTypes } from "./array-parameter.ts";

/** SQLSTATE division_by_zero: in a flush, the sign of a lost compare-and-swap. */
export const lostSwapState = "22012";

/** The most statement texts that are kept; the shapes that the code can write are fewer. */
const textCountMax = 1000;

export interface FlushStatement {
  readonly text: string;
  readonly values: Bound[];
}

/** Rows of one table to which the same is done, with the columns that this takes. */
interface Change {
  readonly kind: Write["kind"];
  readonly table: Table;
  /** What an insert or an update sets. */
  readonly set: readonly string[];
  /** What a stored row must equal: its key, and its version as it was read. */
  readonly where: readonly string[];
  readonly writes: Write[];
}

const textsByShape = new Map<string, string>();

/**
 * @param writes in flush order, never empty, at most one per row.
 * @param isGroup whether they are of several units: rows that change in the same way are then changed together, since
 * otherwise there were a text for every number of units. Only where plans go by keys, or a table would be read whole.
 */
export function flushStatement(writes: readonly Write[], isGroup = false): FlushStatement {
  const changes = changesOf(writes, isGroup);
  const values: Bound[] = [];
  let shape = "";
  for (const change of changes) {
    pushValues(values, change);
    shape += shapeOf(change);
  }
  let text = textsByShape.get(shape);
  if (text === undefined) {
    text = textOf(changes);
    if (textsByShape.size < textCountMax) textsByShape.set(shape, text);
  }
  return { text, values };
}

/** Swaps first, then the inserts of each table together; each in the order of the writes, which is that of the keys. */
function changesOf(writes: readonly Write[], isGroup: boolean): Change[] {
  const swaps: Change[] = [];
  const inserts = new Map<Table, Change>();
  const together = new Map<string, Change>();
  for (const write of writes) {
    const { kind, table } = write;
    if (kind === "insert") {
      const known = inserts.get(table);
      if (known === undefined) inserts.set(table, changeOf(write));
      else known.writes.push(write);
      continue;
    }
    const way = `${kind} ${table.name} ${write.changed.join()}`;
    const known = isGroup ? together.get(way) : undefined;
    if (known === undefined) {
      const change = changeOf(write);
      swaps.push(change);
      together.set(way, change);
    } else known.writes.push(write);
  }
  return [...swaps, ...inserts.values()];
}

function changeOf(write: Write): Change {
  const { kind, table, changed } = write;
  const set = { insert: table.columnNames, remove: [], update: changed }[kind];
  const where = table.isVersioned ? [...table.key, "version"] : table.key;
  return { kind, set, table, where: kind === "insert" ? [] : where, writes: [write] };
}

const shapeOf = ({ kind, table, set, writes }: Change): string =>
  `${kind} ${table.name} ${kind === "insert" ? "" : set.join()} ${writes.length > 1};`;

/** The values of one row, or a column of all rows each. */
function pushValues(values: Bound[], change: Change): void {
  const encoded = change.writes.map((write) => encodedRow(change, write));
  const [only = []] = encoded;
  if (encoded.length === 1) {
    values.push(...only);
    return;
  }
  for (const [at, kind] of kindsOf(change).entries()) {
    values.push(
      arrayParameter(
        kind,
        encoded.map((row): Bound => row[at] ?? null),
      ),
    );
  }
}

function encodedRow({ set, table, where }: Change, write: Write): Bound[] {
  const codec = codecOf("postgres", table);
  if (write.kind === "insert") return codec.values(write.row);
  const row: AnyRow = write.row;
  const values = [...set.map((name) => codec.encode(name, row[name])), ...codec.keyValues(row)];
  if (where.length > table.key.length) values.push(write.expectedVersion);
  return values;
}

const kindsOf = ({ set, table, where }: Change): Column["kind"][] =>
  [...set, ...where].map((name) => table.columns[name]?.kind ?? "text");

function textOf(changes: readonly Change[]): string {
  let valueCount = 0;
  const mark = (): string => `$${++valueCount}`;
  const checks: string[] = [];
  // Reading the parts in their order makes PostgreSQL run them in it: rows are locked in the same order everywhere.
  const parts = changes.map((change, index) => {
    const isMany = change.writes.length > 1;
    const kinds = kindsOf(change);
    const marks = kinds.map((kind) => (isMany ? `${mark()}::${arrayTypes[kind]}` : mark()));
    if (change.kind === "insert") return insertText(change, marks, isMany);
    const expected = isMany ? `cardinality(${marks[0]})` : "1";
    checks.push(`(select count(*) from w${index}) = ${expected}`);
    return `${isMany ? swapAllText(change, marks) : swapText(change, marks)} returning 1`;
  });
  if (checks.length === 0 && parts.length === 1) return parts.join();
  const named = parts.map((part, index) => `w${index} as (${part})`).join(", ");
  const check =
    checks.length === 0 ? "1" : `1 / (case when ${checks.join(" and ")} then 1 else 0 end)`;
  return `with ${named} select ${check}`;
}

function insertText({ table }: Change, marks: readonly string[], isMany: boolean): string {
  const names = table.columnNames.map((name) => `"${name}"`).join(", ");
  const rows = isMany
    ? `select * from unnest(${marks.join(", ")})`
    : `values (${marks.join(", ")})`;
  return `insert into "${table.name}" (${names}) ${rows}`;
}

function swapText({ kind, table, set, where }: Change, marks: readonly string[]): string {
  const assignments = set.map((name, at) => `"${name}" = ${marks[at]}`).join(", ");
  const condition = where.map((name, at) => `"${name}" = ${marks[set.length + at]}`).join(" and ");
  return kind === "remove"
    ? `delete from "${table.name}" where ${condition}`
    : `update "${table.name}" set ${assignments} where ${condition}`;
}

/** The same for a row of each element. */
function swapAllText({ kind, table, set, where }: Change, marks: readonly string[]): string {
  const given = `unnest(${marks.join(", ")}) as given(${marks.map((_, at) => `c${at}`).join(", ")})`;
  const assignments = set.map((name, at) => `"${name}" = given.c${at}`).join(", ");
  const condition = where
    .map((name, at) => `stored."${name}" = given.c${set.length + at}`)
    .join(" and ");
  return kind === "remove"
    ? `delete from "${table.name}" as stored using ${given} where ${condition}`
    : `update "${table.name}" as stored set ${assignments} from ${given} where ${condition}`;
}
