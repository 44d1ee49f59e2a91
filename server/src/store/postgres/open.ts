/**
 * The engine for scale: PostgreSQL through a pool of connections, READ COMMITTED, optimistic units of work. A body that
 * lost a row to another transaction runs again on what is stored then.
 */
import { setTimeout } from "node:timers/promises";
import pg from "pg";
import {
  ContentionError,
  type Database,
  type EventHook,
  type Reader,
  type Transaction,
} from "../database.ts";
import { type Migration, migrate } from "../migrations/migrate.ts";
import type { Query } from "../query.ts";
import type { Key, Row, Table } from "../table.ts";
import { LostUpdate, runCountMax, UnitOfWork } from "../unit-of-work.ts";
import { driverError, portError } from "./errors.ts";
import { load, run, runText, select } from "./queries.ts";
import { lockNumber, PostgresSession } from "./session.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Applied before the database is handed out. */
  readonly migrations: readonly Migration[];
  readonly onEvents: EventHook;
  /** Connections at most. */
  readonly poolSize?: number;
}

const poolSizeDefault = 16;
const connectTimeoutMs = 5_000;
const statementTimeoutMs = 30_000;
/** For a server that cannot even say that its own timeout has passed. */
const answerTimeoutMs = 35_000;
/** How long a transaction waits for a row or a named lock before it gives up with a ContentionError. */
const lockTimeoutMs = 10_000;
/** Bodies only wait for the database, so a transaction that is idle for longer has lost its server. */
const idleTimeoutMs = 30_000;
/** The n-th run after a lost row waits for up to this times 2^n, at random, so that rivals part. */
const backoffMs = 1;

/** @throws StorageError when the server cannot be reached; Error when its schema is not one this code knows. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  try {
    const { isDurable } = await migrateAt(options.url, options.migrations);
    return createDatabase(openPool(options, isDurable), options.onEvents);
  } catch (error) {
    throw portError(error, false);
  }
}

function openPool(
  { url, poolSize = poolSizeDefault }: PostgresOptions,
  isDurable: boolean,
): pg.Pool {
  const pool = new pg.Pool({
    ...(isDurable ? {} : { options: "-c synchronous_commit=on" }),
    application_name: "istripe",
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    idle_in_transaction_session_timeout: idleTimeoutMs,
    keepAlive: true,
    lock_timeout: lockTimeoutMs,
    max: poolSize,
    query_timeout: answerTimeoutMs,
    statement_timeout: statementTimeoutMs,
  });
  // A connection that breaks while nobody uses it is replaced at the next use; there is nobody to tell.
  pool.on("error", () => undefined);
  // The same while a transaction has it: the next statement of the transaction fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * On a connection without time limits: a migration of a large table takes what it takes.
 *
 * @returns whether the server's commits are durable when they are answered, unless we ask for it.
 */
async function migrateAt(
  url: string,
  migrations: readonly Migration[],
): Promise<{ isDurable: boolean }> {
  const client = new pg.Client({
    application_name: "istripe migrations",
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // The statement under way fails too, and that is what is told.
  client.on("error", () => undefined);
  const lock = lockNumber("istripe migrations");
  try {
    await client.connect().catch((error: unknown) => {
      throw driverError(error);
    });
    await migrate(migrations, {
      dialect: "postgres",
      query: async (text) => (await run(client, text)).rows,
      run: (text) => runText(client, text),
      serially: async (work) => {
        await runText(client, `select pg_advisory_lock(${lock})`);
        // The end of the connection releases the lock.
        await work();
      },
    });
    const { rows } = await run(client, "select current_setting('synchronous_commit')");
    return { isDurable: rows[0]?.[0] !== "off" };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function createDatabase(pool: pg.Pool, onEvents: EventHook): Database {
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;
  const track = <T>(work: () => Promise<T>): Promise<T> => {
    if (isClosed) return Promise.reject(new Error("The database has been closed."));
    const promise = work();
    const done = promise.catch(() => undefined).finally(() => underWay.delete(done));
    underWay.add(done);
    return promise;
  };
  return {
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await Promise.all(underWay);
      await pool.end();
    },
    committed: createReader(pool, track),
    dialect: "postgres",
    transact: (body) => track(() => transact(pool, onEvents, body)),
  };
}

function createReader(pool: pg.Pool, track: <T>(work: () => Promise<T>) => Promise<T>): Reader {
  const read = <T>(work: () => Promise<T>): Promise<T> =>
    track(() =>
      work().catch((error: unknown) => {
        throw portError(error, false);
      }),
    );
  return {
    get: <T extends Table>(table: T, key: Key<T>) =>
      read(() => load(pool, table, key) as Promise<Row<T> | undefined>),
    select: <Params extends object, Result>(query: Query<Params, Result>, params: Params) =>
      read(() => select(pool, query as Query<object, unknown>, params) as Promise<Result[]>),
  };
}

async function transact<T>(
  pool: pg.Pool,
  onEvents: EventHook,
  body: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let runCount = 1; ; runCount++) {
    const session = new PostgresSession(pool);
    const unit = new UnitOfWork(session, onEvents);
    try {
      const value = await body(unit);
      await unit.finish();
      await session.commit();
      return value;
    } catch (error) {
      await session.undo();
      if (!(error instanceof LostUpdate)) throw error;
      const contention = new ContentionError({ cause: error });
      if (runCount === runCountMax) throw contention;
    } finally {
      unit.end();
    }
    await setTimeout(Math.random() * backoffMs * 2 ** runCount);
  }
}
