/**
 * The engines that the conformance suite runs on, each with an empty database per test file. What holds for one must
 * hold for all: a difference is a bug of an engine, never an option of the port.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase } from "../../../../tests/support/postgres.ts";
import type { Database, EventHook } from "../database.ts";
import type { Migration } from "../migrations/migrate.ts";
import { openPostgres } from "../postgres/open.ts";
import { openSqlite } from "../sqlite/open.ts";
import { conformanceMigrations } from "./tables.ts";

export interface Engine {
  readonly name: string;
  /** Opens an empty database; what `open` made is removed by `release`. */
  open(options?: EngineOptions): Promise<OpenEngine>;
}

export interface EngineOptions {
  readonly onEvents?: EventHook;
  readonly migrations?: readonly Migration[];
}

export interface OpenEngine {
  readonly database: Database;
  /** Where it is: a file or a URL; null in memory. */
  readonly location: string | null;
  release(): Promise<void>;
}

/** @param location as an {@link OpenEngine} tells it. */
export function openAt(location: string | null, options: EngineOptions = {}): Promise<Database> {
  const { migrations = conformanceMigrations, onEvents = async () => {} } = options;
  return location?.startsWith("postgres:")
    ? openPostgres({ migrations, onEvents, url: location })
    : openSqlite({ file: location, migrations, onEvents });
}

/** @param postgresUrl a server on which databases may be made. */
export function enginesOn(postgresUrl: string): readonly Engine[] {
  return [sqlite, memory, postgresOn(postgresUrl)];
}

/** The engines whose rows outlive the process. */
export function lastingEnginesOn(postgresUrl: string): readonly Engine[] {
  return [sqlite, postgresOn(postgresUrl)];
}

const sqlite: Engine = {
  name: "SQLite",
  open: async (options) => {
    const directory = await mkdtemp(join(tmpdir(), "istripe-store-"));
    const location = join(directory, "store.db");
    const remove = () => rm(directory, { force: true, recursive: true });
    try {
      const database = await openAt(location, options);
      return { database, location, release: () => database.close().then(remove) };
    } catch (error) {
      await remove();
      throw error;
    }
  },
};

const memory: Engine = {
  name: "SQLite in memory",
  open: async (options) => {
    const database = await openAt(null, options);
    return { database, location: null, release: () => database.close() };
  },
};

const postgresOn = (postgresUrl: string): Engine => ({
  name: "PostgreSQL",
  open: async (options) => {
    const location = await createDatabase(postgresUrl);
    const database = await openAt(location, options);
    return { database, location, release: () => database.close() };
  },
});
