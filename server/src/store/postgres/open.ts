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
import { assertMigrated, type Migration, migrate } from "../migrations/migrate.ts";
import type { Query } from "../query.ts";
import type { Key, Row, Table } from "../table.ts";
import { LostUpdate, runCountMax, UnitOfWork } from "../unit-of-work.ts";
import { clientWithin } from "./answer-watch.ts";
import { driverError, portError } from "./errors.ts";
import { load, run, runText, select } from "./queries.ts";
import { lockNumber, PostgresSession } from "./session.ts";
import { createTurns, OwnTurns, type Turns, TurnTaken } from "./turns.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Applied before the database is handed out. */
  readonly migrations: readonly Migration[];
  /** Whether another process applies them, and this one only makes sure that it has. */
  readonly isMigratedElsewhere?: boolean;
  readonly onEvents: EventHook;
  /** Connections at most. */
  readonly poolSize?: number;
  /** How long a transaction waits for a row or a named lock before it gives up with a ContentionError. */
  readonly lockTimeoutMs?: number;
  /** How long a statement may go without an answer before its connection is taken for lost. */
  readonly answerTimeoutMs?: number;
}

/** What every transaction of a database works with. */
interface Means {
  readonly pool: pg.Pool;
  readonly turns: Turns;
  readonly onEvents: EventHook;
  readonly lockTimeoutMs: number;
}

const poolSizeDefault = 16;
const connectTimeoutMs = 5_000;
const statementTimeoutMs = 30_000;
/** For a server that cannot even say that its own timeout has passed. */
const answerTimeoutMsDefault = 35_000;
const lockTimeoutMsDefault = 10_000;
/** Bodies only wait for the database, so a transaction that is idle for longer has lost its server. */
const idleTimeoutMs = 30_000;
/** The n-th run after a lost row waits for up to this times 2^n, at random, so that rivals part. */
const backoffMs = 1;

/** @throws StorageError when the server cannot be reached; Error when its schema is not one this code knows. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  try {
    const { isDurable } = await migrateAt(options);
    const { lockTimeoutMs = lockTimeoutMsDefault, onEvents } = options;
    return createDatabase({
      lockTimeoutMs,
      onEvents,
      pool: openPool({ ...options, lockTimeoutMs }, isDurable),
      turns: createTurns(),
    });
  } catch (error) {
    throw portError(error, false);
  }
}

function openPool(
  {
    url,
    poolSize = poolSizeDefault,
    answerTimeoutMs = answerTimeoutMsDefault,
    lockTimeoutMs,
  }: PostgresOptions & Pick<Means, "lockTimeoutMs">,
  isDurable: boolean,
): pg.Pool {
  const pool = new pg.Pool({
    Client: clientWithin(answerTimeoutMs),
    ...(isDurable ? {} : { options: "-c synchronous_commit=on" }),
    application_name: "istripe",
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    idle_in_transaction_session_timeout: idleTimeoutMs,
    keepAlive: true,
    lock_timeout: lockTimeoutMs,
    max: poolSize,
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
async function migrateAt({
  isMigratedElsewhere = false,
  migrations,
  url,
}: PostgresOptions): Promise<{ isDurable: boolean }> {
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
    const query = async (text: string) => (await run(client, text)).rows;
    if (isMigratedElsewhere) await assertMigrated(migrations, { query });
    else {
      await migrate(migrations, {
        dialect: "postgres",
        query,
        run: (text) => runText(client, text),
        serially: async (work) => {
          await runText(client, `select pg_advisory_lock(${lock})`);
          // The end of the connection releases the lock.
          await work();
        },
      });
    }
    const { rows } = await run(client, "select current_setting('synchronous_commit')");
    return { isDurable: rows[0]?.[0] !== "off" };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function createDatabase(means: Means): Database {
  const { pool } = means;
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
    transact: (body) => track(() => transact(means, body)),
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

async function transact<T>(means: Means, body: (tx: Transaction) => Promise<T>): Promise<T> {
  const own = new OwnTurns(means.turns, means.lockTimeoutMs);
  try {
    for (let lostCount = 0; ; ) {
      const result = await runOnce(means, own, body);
      if ("value" in result) return result.value;
      if (result.failure instanceof TurnTaken) {
        // Waiting is not losing: a run that only met a taken lock is not counted.
        await own.takeWith(result.failure.lockName);
        continue;
      }
      lostCount += 1;
      if (lostCount === runCountMax) throw new ContentionError({ cause: result.failure });
      await setTimeout(Math.random() * backoffMs * 2 ** lostCount);
    }
  } finally {
    own.end();
  }
}

/** @returns what the body returned once it is committed, or why it must run again. Nothing of it is kept then. */
async function runOnce<T>(
  { onEvents, pool }: Means,
  own: OwnTurns,
  body: (tx: Transaction) => Promise<T>,
): Promise<{ readonly value: T } | { readonly failure: LostUpdate | TurnTaken }> {
  const session = new PostgresSession(pool, own);
  const unit = new UnitOfWork(session, onEvents);
  try {
    const value = await body(unit);
    await unit.finish();
    await session.commit();
    unit.tellOfCommit();
    return { value };
  } catch (failure) {
    await session.undo();
    if (failure instanceof LostUpdate || failure instanceof TurnTaken) return { failure };
    throw failure;
  } finally {
    unit.end();
  }
}
