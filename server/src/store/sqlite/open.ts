/**
 * The embedded engine: `node:sqlite` with one writer, group commit and an asynchronous sync. A transaction is answered
 * when it is on disk, and readers are shown nothing that is not.
 */
import type { Database, EventHook, Reader } from "../database.ts";
import { type Migration, migrate } from "../migrations/migrate.ts";
import type { Query } from "../query.ts";
import type { Key, Row, Table } from "../table.ts";
import { Checkpoints } from "./checkpoints.ts";
import { asStorageError } from "./errors.ts";
import { type Files, openFiles, openMemory } from "./files.ts";
import { GroupCommit } from "./group-commit.ts";

export interface SqliteOptions {
  /** The path of the database file, in an existing directory; null keeps everything in memory. */
  readonly file: string | null;
  /** Applied before the database is handed out. */
  readonly migrations: readonly Migration[];
  readonly onEvents: EventHook;
}

/** @throws StorageError when the file cannot be opened; Error when its schema is not one this code knows. */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  let files: Files | undefined;
  try {
    files = options.file === null ? openMemory() : await openFiles(options.file);
    const { database } = files.writer;
    await migrate(options.migrations, {
      dialect: "sqlite",
      query: async (text) => database.prepare(text).all() as unknown as unknown[][],
      run: async (text) => database.exec(text),
      // The only connection that writes is ours.
      serially: (work) => work(),
    });
    await files.sync();
    files.showDurable();
    return createDatabase(files, options);
  } catch (error) {
    await files?.close();
    throw asStorageError(error);
  }
}

function createDatabase(files: Files, { file, onEvents }: SqliteOptions): Database {
  const checkpoints = file === null ? undefined : new Checkpoints(file, () => groups);
  const groups: GroupCommit = new GroupCommit({
    files,
    onDurable: (writeCount) => checkpoints?.noteWrites(writeCount),
    onEvents,
    reopen: async () => {
      await checkpoints?.exclusively(() => files.reopen());
    },
  });
  let isClosed = false;
  const assertOpen = (): void => {
    if (isClosed) throw new Error("The database has been closed.");
  };
  return {
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await groups.drained();
      await checkpoints?.close();
      await groups.idle();
      await files.close();
    },
    committed: createReader(files, groups, assertOpen),
    dialect: "sqlite",
    transact: async (body) => {
      assertOpen();
      return groups.transact(body);
    },
  };
}

function createReader(files: Files, groups: GroupCommit, assertOpen: () => void): Reader {
  const isShared = files.reader === files.writer;
  const read = async <T>(work: () => T): Promise<T> => {
    assertOpen();
    while (isShared && groups.bodiesEnd !== undefined) await groups.bodiesEnd;
    try {
      return work();
    } catch (error) {
      throw asStorageError(error);
    }
  };
  return {
    get: <T extends Table>(table: T, key: Key<T>) =>
      read(() => files.reader.load(table, key) as Row<T> | undefined),
    select: <Params extends object, Result>(query: Query<Params, Result>, params: Params) =>
      read(() => files.reader.select(query as Query<object, unknown>, params) as Result[]),
  };
}
