/**
 * Inboxes on real databases, for tests that have to hold on both: each on a database of its own, which any number of
 * connections, as of several processes, can share.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { inject } from "vitest";
import type { Inbox, InboxOptions } from "../../../../sdks/webhooks/src/inbox.ts";
import { postgresInbox } from "../../../../sdks/webhooks/src/postgres.ts";
import { sqliteInbox } from "../../../../sdks/webhooks/src/sqlite.ts";
import { createDatabase } from "../../../support/postgres.ts";

export const engines = ["sqlite", "postgres"] as const;
export type Engine = (typeof engines)[number];

type Row = Readonly<Record<string, unknown>>;

export interface TestDatabase {
  /** An inbox on connections of its own. */
  open(options?: InboxOptions): Inbox<unknown>;
  query(sql: string): Promise<readonly Row[]>;
  /** How a handler on this database writes one row into `effects` within the inbox's transaction. */
  writeEffect(transaction: unknown, name: string): Promise<void> | void;
  effects(): Promise<string[]>;
  close(): Promise<void>;
}

/** @returns an empty database with one table of the application's own, `effects (name)`, which refuses nothing. */
export async function openDatabase(engine: Engine): Promise<TestDatabase> {
  const opened = engine === "sqlite" ? openFile() : await openServer();
  await opened.query("create table effects (name text not null)");
  return {
    ...opened,
    effects: async () =>
      (await opened.query("select name from effects order by name")).map((row) =>
        String(row["name"]),
      ),
  };
}

type Opened = Omit<TestDatabase, "effects">;

function openFile(): Opened {
  const directory = mkdtempSync(join(tmpdir(), "webhook-inbox-"));
  const connect = () => new DatabaseSync(join(directory, "app.db"), { timeout: 5_000 });
  const own = connect();
  own.exec("pragma journal_mode = wal");
  const connections = [own];
  return {
    close: async () => {
      for (const connection of connections) connection.close();
      rmSync(directory, { recursive: true });
    },
    open: (options) => {
      const connection = connect();
      connections.push(connection);
      return sqliteInbox(connection, options) as Inbox<unknown>;
    },
    query: async (sql) => own.prepare(sql).all(),
    writeEffect: (transaction, name) => {
      (transaction as DatabaseSync).prepare("insert into effects values (?)").run(name);
    },
  };
}

async function openServer(): Promise<Opened> {
  const connectionString = await createDatabase(inject("postgresUrl"));
  const pools: pg.Pool[] = [];
  const connect = (): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max: 8 });
    pools.push(pool);
    return pool;
  };
  const own = connect();
  return {
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
    },
    open: (options) => postgresInbox(connect(), options) as Inbox<unknown>,
    query: async (sql) => (await own.query<Row>(sql)).rows,
    writeEffect: async (transaction, name) => {
      await (transaction as pg.PoolClient).query("insert into effects values ($1)", [name]);
    },
  };
}
