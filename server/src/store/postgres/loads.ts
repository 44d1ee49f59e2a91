/**
 * Rows by their keys, of as many requests as ask at the same time, with one statement a table. Each asks for a row as it
 * stands now, so it does not matter who else is told at the same moment.
 */
import type { Pool } from "pg";
import { type AnyRow, type Bound, codecOf } from "../codec.ts";
import type { Table } from "../table.ts";
import { arrayParameter, arrayTypes } from "./array-parameter.ts";
import { createBatches } from "./batches.ts";
import { load, run } from "./queries.ts";

interface Asked {
  readonly key: AnyRow;
  readonly found: (row: AnyRow | undefined) => void;
  readonly failed: (error: unknown) => void;
}

const keysMax = 64;

/** Loads a row. @throws as the driver does, from queries.ts. */
export type Load = (table: Table, key: AnyRow) => Promise<AnyRow | undefined>;

/** @param pools `grouped` never reads a table from its beginning, whatever its plans were made for. */
export function createLoad(pools: { readonly single: Pool; readonly grouped: Pool }): Load {
  const byTable = new Map<Table, (asked: Asked) => void>();
  return (table, key) => {
    let ask = byTable.get(table);
    if (ask === undefined) {
      const text = textOf(table);
      ask = createBatches<Asked>({
        run: (batch) => loadAll(pools, { batch, table, text }),
        sizeMax: keysMax,
      });
      byTable.set(table, ask);
    }
    return new Promise((found, failed) => ask({ failed, found, key }));
  };
}

function textOf(table: Table): string {
  const columns = table.columnNames.map((name) => `r."${name}"`).join(", ");
  const arrays = table.key.map((name, at) => `$${at + 1}::${arrayTypes[kindOf(table, name)]}`);
  const names = table.key.map((_, at) => `k${at}`);
  const condition = table.key.map((name, at) => `r."${name}" = asked.k${at}`).join(" and ");
  return `select ${columns}, asked.number from unnest(${arrays.join(", ")}) with ordinality
    as asked(${names.join(", ")}, number) join "${table.name}" r on ${condition}`;
}

const kindOf = (table: Table, name: string) => table.columns[name]?.kind ?? "text";

interface Batch {
  readonly table: Table;
  readonly text: string;
  readonly batch: readonly Asked[];
}

async function loadAll(
  { grouped, single }: { readonly single: Pool; readonly grouped: Pool },
  { table, text, batch }: Batch,
): Promise<void> {
  try {
    const rows = new Map<number, AnyRow>();
    const codec = codecOf("postgres", table);
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      only.found(await load(single, table, only.key));
      return;
    }
    const keys = batch.map(({ key }) => codec.keyValues(key));
    const values = table.key.map((name, at) =>
      arrayParameter(
        kindOf(table, name),
        keys.map((key): Bound => key[at] ?? null),
      ),
    );
    for (const row of (await run(grouped, text, values)).rows) {
      rows.set(Number(row.at(-1)), codec.decode(row));
    }
    for (const [at, { found }] of batch.entries()) found(rows.get(at + 1));
  } catch (error) {
    for (const { failed } of batch) failed(error);
  }
}
