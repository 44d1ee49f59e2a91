/**
 * Brings a database to the schema of this code. Migrations are plain SQL files, numbered, applied once each in order,
 * in one transaction each, and never edited after they were released: their digests are kept and compared.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dialect } from "../query.ts";

export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  /** The file's name. */
  readonly name: string;
  readonly sql: string;
}

/** The connection that a migration runs on; nobody else uses it meanwhile. */
export interface MigrationConnection {
  readonly dialect: Dialect;
  /** Runs statements separated by semicolons. */
  run(text: string): Promise<unknown>;
  /** Runs one statement; rows as arrays. */
  query(text: string): Promise<readonly (readonly unknown[])[]>;
  /** Runs `work` while no other starting server does the same. */
  serially(work: () => Promise<void>): Promise<void>;
}

/** The migrations of a directory: the files named like `0001_initial.sql`. */
export function readMigrations(directory: string = import.meta.dirname): readonly Migration[] {
  return readdirSync(directory)
    .filter((name) => /^\d{4}_\w+[.]sql$/.test(name))
    .sort()
    .map((name) => ({
      name,
      number: Number(name.slice(0, 4)),
      sql: readFileSync(join(directory, name), "utf8"),
    }));
}

/** @throws Error when the database was migrated by other code than this, or a migration fails. */
export async function migrate(
  migrations: readonly Migration[],
  connection: MigrationConnection,
): Promise<void> {
  migrations.forEach(({ number, name }, index) => {
    if (number !== index + 1) throw new Error(`The migration ${name} is not number ${index + 1}.`);
  });
  await connection.serially(async () => {
    await connection.run(
      "create table if not exists schema_migrations (number bigint primary key, name text not null, digest text not null)",
    );
    const applied = await connection.query(
      "select name, digest from schema_migrations order by number",
    );
    for (const [index, row] of applied.entries()) assertSame(row, migrations[index]);
    for (const migration of migrations.slice(applied.length)) await apply(migration, connection);
  });
}

/**
 * For a process that uses a database which another one keeps up to date.
 *
 * @throws Error when the database was not migrated by exactly this code.
 */
export async function assertMigrated(
  migrations: readonly Migration[],
  connection: Pick<MigrationConnection, "query">,
): Promise<void> {
  const [made] = await connection.query("select to_regclass('schema_migrations') is not null");
  const applied =
    made?.[0] === true
      ? await connection.query("select name, digest from schema_migrations order by number")
      : [];
  for (const [index, row] of applied.entries()) assertSame(row, migrations[index]);
  if (applied.length < migrations.length) {
    throw new Error(
      "The database was not migrated by this version of iStripe: start its server first.",
    );
  }
}

function assertSame([name, digest]: readonly unknown[], migration: Migration | undefined): void {
  if (migration === undefined) {
    throw new Error(`The database was migrated by a newer iStripe (${name}): start that one.`);
  }
  if (name !== migration.name || digest !== digestOf(migration)) {
    throw new Error(
      `The database was made with another migration ${name} than this iStripe has: start the version that made it, or use an empty database.`,
    );
  }
}

async function apply(migration: Migration, connection: MigrationConnection): Promise<void> {
  await connection.run("begin");
  try {
    await connection.run(sectionsFor(connection.dialect, migration.sql));
    // The name is that of one of our files, letters and digits only.
    await connection.run(
      `insert into schema_migrations values (${migration.number}, '${migration.name}', '${digestOf(migration)}')`,
    );
    await connection.run("commit");
  } catch (error) {
    // Some failures have rolled back already, and then there is nothing to undo.
    await connection.run("rollback").catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The migration ${migration.name} failed: ${reason}.`, { cause: error });
  }
}

const digestOf = ({ sql }: Migration): string => createHash("sha256").update(sql).digest("hex");

/**
 * The text for one engine. A line `-- sqlite:` or `-- postgres:` begins a section for that engine only, and
 * `-- both:` ends it.
 */
export function sectionsFor(dialect: Dialect, text: string): string {
  let section: string = "both";
  return text
    .split("\n")
    .filter((line) => {
      const mark = /^-- (sqlite|postgres|both):\s*$/.exec(line)?.[1];
      if (mark !== undefined) {
        section = mark;
        return false;
      }
      return section === "both" || section === dialect;
    })
    .join("\n");
}
