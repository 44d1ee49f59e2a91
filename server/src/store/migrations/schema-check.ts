/**
 * Compares table declarations with the tables that the migrations made. The two are written by hand, and statements
 * and event snapshots rely on their agreement: names, order, kinds, nullability and key.
 */
import type { Database } from "../database.ts";
import { defineQuery } from "../query.ts";
import { sqlTypes, type Table } from "../table.ts";

interface StoredColumn {
  readonly name: string;
  readonly type: string;
  /** "yes" or "no". */
  readonly nullable: string;
  /** From 1 within the primary key; null or 0 for other columns. */
  readonly key_position: number | null;
}

const storedColumnsOf = defineQuery<{ table: string }, StoredColumn>([], (param, dialect) =>
  dialect === "sqlite"
    ? `select name, lower(type) as type, case "notnull" when 0 then 'yes' else 'no' end as nullable,
         pk as key_position
       from pragma_table_info(${param("table")}) order by cid`
    : `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
         case when a.attnotnull then 'no' else 'yes' end as nullable,
         (select k.place from pg_index i, unnest(i.indkey::int2[]) with ordinality as k (number, place)
           where i.indrelid = a.attrelid and i.indisprimary and k.number = a.attnum) as key_position
       from pg_attribute a
       where a.attrelid = to_regclass(${param("table")}) and a.attnum > 0 and not a.attisdropped
       order by a.attnum`,
);

/** @returns a sentence for each difference; none when declarations and database agree. */
export async function schemaDifferences(
  database: Database,
  tables: readonly Table[],
): Promise<string[]> {
  const differences: string[] = [];
  for (const table of tables) {
    const stored = await database.committed.select(storedColumnsOf, { table: table.name });
    differences.push(...differencesOf(table, stored));
  }
  return differences;
}

function differencesOf(table: Table, stored: readonly StoredColumn[]): string[] {
  if (stored.length === 0) return [`There is no table ${table.name}.`];
  const names = stored.map((column) => column.name);
  if (names.join() !== table.columnNames.join()) {
    return [
      `${table.name} has the columns ${names.join()}, declared are ${table.columnNames.join()}.`,
    ];
  }
  const differences: string[] = [];
  for (const { name, type, nullable } of stored) {
    const declared = table.columns[name];
    if (declared === undefined) continue;
    if (sqlTypes[declared.kind] !== type) {
      differences.push(`${table.name}.${name} is ${type}, declared is ${declared.kind}.`);
    }
    if (declared.isNullable !== (nullable === "yes")) {
      differences.push(`${table.name}.${name} differs in whether it may be null.`);
    }
  }
  const key = stored
    .filter((column) => column.key_position)
    .sort((a, b) => Number(a.key_position) - Number(b.key_position))
    .map((column) => column.name);
  // Where the engine keeps the keys in memory, the stored table has none.
  const isKept = table.keyLifetimeMs !== undefined && key.length === 0;
  if (!isKept && key.join() !== table.key.join()) {
    differences.push(`${table.name} has the key ${key.join()}, declared is ${table.key.join()}.`);
  }
  return differences;
}
