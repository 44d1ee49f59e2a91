/**
 * Opens the storage that the settings ask for, under a lock: a vault inside the server means that no other process may
 * serve the same data.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Database, EventHook } from "./database.ts";
import { readMigrations } from "./migrations/migrate.ts";

export interface StorageSettings {
  /** Null keeps everything in memory. */
  readonly dataDir: string | null;
  /** Null: SQLite in the data directory. */
  readonly databaseUrl: string | null;
  readonly onEvents: EventHook;
  /** Told when another server has taken the database: ours must stop. */
  onLost(error: Error): void;
}

/** @throws StorageLocked; StorageError or a system error when the place cannot be used. */
export async function openStorage(settings: StorageSettings): Promise<Database> {
  const { dataDir, databaseUrl } = settings;
  const releases: (() => void | Promise<void>)[] = [];
  if (dataDir !== null) {
    if (!existsSync(dataDir)) mkdirSync(dataDir, { mode: 0o700, recursive: true });
    const { lockDirectory } = await import("./sqlite/lock.ts");
    releases.push(lockDirectory(dataDir).release);
  }
  const database =
    databaseUrl === null
      ? await embedded(settings)
      : await postgres(settings, databaseUrl, releases);
  return {
    ...database,
    close: async () => {
      await database.close();
      for (const release of releases) await release();
    },
  };
}

/**
 * Opens a PostgreSQL that a server has, for a process beside it: without the server's lock, and without migrating.
 *
 * @throws StorageError when it cannot be reached; Error when its schema is not this code's.
 */
export async function openSharedStorage(settings: {
  readonly databaseUrl: string;
  readonly onEvents: EventHook;
}): Promise<Database> {
  const { openPostgres } = await import("./postgres/open.ts");
  return openPostgres({
    isMigratedElsewhere: true,
    migrations: readMigrations(),
    onEvents: settings.onEvents,
    url: settings.databaseUrl,
  });
}

async function embedded({ dataDir, onEvents }: StorageSettings): Promise<Database> {
  const { openSqlite } = await import("./sqlite/open.ts");
  const file = dataDir === null ? null : join(dataDir, "istripe.db");
  return openSqlite({ file, migrations: readMigrations(), onEvents });
}

/** Loaded only where it is used, so that a start on SQLite does not wait for the driver. */
async function postgres(
  { onEvents, onLost }: StorageSettings,
  url: string,
  releases: (() => void | Promise<void>)[],
): Promise<Database> {
  const { lockDatabase } = await import("./postgres/lock.ts");
  const { openPostgres } = await import("./postgres/open.ts");
  releases.push((await lockDatabase({ onLost, url })).release);
  return openPostgres({ migrations: readMigrations(), onEvents, url });
}
