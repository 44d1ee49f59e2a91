/**
 * Rows by their keys, of as many requests as ask at the same time, with one statement a table. Each asks for a row as it
 * stands now, so it does not matter who else is told at the same moment.
 */
import type { Pool } from "pg";
import { type AnyRow, type Bound, codecOf } from "../codec.ts";
import type { Table } from "../table.ts";
import { arrayParameter, arrayTypes } from "./array-parameter.ts";
import { createBatches } from "./batches.ts";
import { endsConnection, isLockTimeout } from "./errors.ts";
import { load, run } from "./queries.ts";

interface Asked {
  readonly key: AnyRow;
  readonly values: readonly Bound[];
  readonly found: (row: AnyRow | undefined) => void;
  readonly failed: (error: unknown) => void;
}

const keysMax = 64;

/** Loads a row. @throws as the driver does, from queries.ts. */
export type Load = (table: Table, key: AnyRow) => Promise<AnyRow | undefined>;

interface Pools {
  readonly single: Pool;
  readonly grouped: Pool;
}

/** @param pools `grouped` gives up a lock early, and never reads a table from its beginning, whatever its plans were made for. */
export function createLoad(pools: Pools): Load {
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
    const take = ask;
    return new Promise((found, failed) => {
      // Encoded here, where a key that no column holds is its caller's own failure.
      take({ failed, found, key, values: codecOf("postgres", table).keyValues(key) });
    });
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

async function loadAll({ grouped, single }: Pools, { table, text, batch }: Batch): Promise<void> {
  try {
    const codec = codecOf("postgres", table);
    const values = table.key.map((name, at) =>
      arrayParameter(
        kindOf(table, name),
        batch.map((asked): Bound => asked.values[at] ?? null),
      ),
    );
    const rows = new Map<number, AnyRow>();
    for (const row of (await run(grouped, text, values)).rows) {
      rows.set(Number(row.at(-1)), codec.decode(row));
    }
    for (const [at, { found }] of batch.entries()) found(rows.get(at + 1));
  } catch (error) {
    const isAnswer = endsConnection(error) || (batch.length === 1 && !isLockTimeout(error));
    for (const { key, found, failed } of batch) {
      if (isAnswer) failed(error);
      // The next batch does not wait for these.
      else void load(single, table, key).then(found, failed);
    }
  }
}
