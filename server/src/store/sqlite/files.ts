/**
 * The database file, its write-ahead log and the connections to them. A commit is in the log but not yet on disk until
 * `sync` has resolved. After a failed sync nobody may trust what the operating system still holds of the log, so the
 * connections are reopened, and SQLite reads its checksums again, before anything else is written.
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { StorageError } from "../database.ts";
import { Connection, type KeyIndexes } from "./connection.ts";

export interface Files {
  /** The only connection that writes. */
  readonly writer: Connection;
  /**
   * A connection that sees only what is on disk; the writer itself when the database is in memory. It stays in one
   * read transaction between calls of `showDurable`, which also saves it from locking the file at each read.
   */
  readonly reader: Connection;
  /** Lets the reader see what is committed now. To be called when all of it is on disk. */
  showDurable(): void;
  /** Resolves when everything committed before the call is on disk. */
  sync(): Promise<void>;
  /** Goes on after a failed sync. Rejects as long as the disk still fails. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** SQLite's own syncs are left to checkpoints; each commit is synced by us before it is acknowledged. */
const writerPragmas = `
  pragma synchronous = normal;
  pragma wal_autocheckpoint = 0;
  pragma temp_store = memory;
  pragma cache_size = -32768;
`;

/** Mapped, because a read of a page that is not in the cache is then no system call and no copy. */
const readerPragmas =
  "pragma temp_store = memory; pragma cache_size = -32768; pragma mmap_size = 1073741824";

export async function openFiles(file: string): Promise<Files> {
  const keyIndexes: KeyIndexes = new Map();
  let connections = await openConnections(file, keyIndexes);
  const log = await openLog(file);

  const sync = (): Promise<void> => log.datasync();
  return {
    close: async () => {
      await log.close();
      // The writer is the last one, so that SQLite moves the log into the database file and removes it.
      connections.reader.close();
      connections.writer.close();
    },
    get reader() {
      return connections.reader;
    },
    reopen: async () => {
      // First, so that readers keep what they have for as long as the disk fails.
      await rewrite(log);
      // The writer goes first, and the reader cannot checkpoint: the log stays as it is for the checksums to judge,
      // and our descriptor of it stays valid.
      connections.writer.close();
      connections.reader.close();
      connections = await openConnections(file, keyIndexes);
      await sync();
      renew(connections.reader);
    },
    showDurable: () => renew(connections.reader),
    sync,
    get writer() {
      return connections.writer;
    },
  };
}

/** A database without a file: nothing to sync, and one connection for all. */
export function openMemory(): Files {
  const writer = new Connection(":memory:", { isReadOnly: false, keyIndexes: new Map() });
  writer.database.exec("pragma temp_store = memory");
  return {
    close: async () => writer.close(),
    reader: writer,
    reopen: async () => {},
    showDurable: () => {},
    sync: async () => {},
    writer,
  };
}

async function openConnections(
  file: string,
  keyIndexes: KeyIndexes,
): Promise<{ writer: Connection; reader: Connection }> {
  const writer = new Connection(file, { isReadOnly: false, keyIndexes });
  const mode = writer.database.prepare("pragma journal_mode = wal").get() as unknown as unknown[];
  if (mode[0] !== "wal") {
    throw new StorageError(
      `The file system of ${file} cannot hold an SQLite database with a write-ahead log: use a local disk.`,
    );
  }
  writer.database.exec(writerPragmas);
  // A first read makes SQLite create or recover the log.
  writer.database.exec("select 1 from sqlite_schema limit 1");
  const reader = new Connection(file, { isReadOnly: true, keyIndexes });
  reader.database.exec(readerPragmas);
  // SQLite syncs the entries of its files; the directory may be new as well, and its own entry is ours.
  await syncDirectory(dirname(dirname(resolve(file))));
  return { reader, writer };
}

/** A read transaction begins with its first read, and sees the commits of before. */
function renew(reader: Connection): void {
  if (reader.database.isTransaction) reader.run("commit");
  reader.run("begin");
  reader.statement("select 1 from sqlite_schema limit 1").get();
}

/** A descriptor of our own. The log carries none of the locks that closing a descriptor would release. */
function openLog(file: string): Promise<FileHandle> {
  return open(`${file}-wal`, "r+");
}

/** A new file outlives a power cut only once its directory entry is on disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes the log over itself: after a failed sync the system may count its pages as clean without having stored them,
 * and only pages that are written again are tried again.
 */
async function rewrite(log: FileHandle): Promise<void> {
  const chunk = Buffer.allocUnsafe(1 << 20);
  for (let position = 0; ; ) {
    const { bytesRead } = await log.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    await log.write(chunk, 0, bytesRead, position);
    position += bytesRead;
  }
  await log.sync();
}
