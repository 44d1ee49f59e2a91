/**
 * What a unit of work does on PostgreSQL. It is optimistic: reads run outside any transaction and all writes go out as
 * one statement, which is a transaction by itself. That is safe because every row that a transaction changes is
 * compared with the version it read, in the statement that changes it; a rule over rows that are only read needs a
 * named lock under READ COMMITTED anyway. A lock, a set change or a read of own writes opens a real transaction.
 */
import { createHash } from "node:crypto";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import type { AnyRow } from "../codec.ts";
import type { Query } from "../query.ts";
import type { Table } from "../table.ts";
import { LostUpdate, type Session, type Write } from "../unit-of-work.ts";
import { endsConnection, portError } from "./errors.ts";
import { flushStatement, lostSwapState } from "./flush-statement.ts";
import { connectFrom, load, type Queryable, run, runQuery, runText, select } from "./queries.ts";
import type { OwnTurns } from "./turns.ts";

export class PostgresSession implements Session {
  readonly dialect = "postgres";
  readonly #pool: Pool;
  readonly #turns: OwnTurns;
  /** The client of the real transaction, once there is one. */
  #begun: Promise<PoolClient> | undefined;
  #mustDiscard = false;
  #hasEnded = false;
  /** The last statement on the client, or an earlier one's end. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, turns: OwnTurns) {
    this.#pool = pool;
    this.#turns = turns;
  }

  load(table: Table, key: AnyRow): Promise<AnyRow | undefined> {
    return this.#on((on) => load(on, table, key));
  }

  select(query: Query<object, unknown>, params: object): Promise<unknown[]> {
    return this.#on((on) => select(on, query, params));
  }

  async execute(statement: Query<object, never>, params: object): Promise<number> {
    await this.#begin();
    return this.#on(async (on) => (await runQuery(on, statement, params)).rowCount);
  }

  async lock(name: string): Promise<void> {
    await this.#turns.take(name, this.#begun === undefined);
    const text = `select pg_advisory_xact_lock(${lockNumber(name)})`;
    // Sent with the BEGIN where the transaction is not open yet: one round trip for both.
    if (this.#begun === undefined) await this.#begin(text);
    else await this.#onClient(text);
  }

  async flush(writes: readonly Write[], isLast: boolean): Promise<void> {
    const { text, values } = flushStatement(writes);
    const isCommit = isLast && this.#begun === undefined;
    if (!isLast) await this.#begin();
    await this.#on((on) => run(on, text, values), isCommit);
  }

  /** Makes the writes durable; without a real transaction, the last flush did. */
  async commit(): Promise<void> {
    if (this.#begun === undefined) return;
    const done = await this.#onClient("commit", true);
    if (done !== "COMMIT")
      throw new Error("PostgreSQL undid a transaction that was to be committed.");
    (await this.#begun).release();
    this.#begun = undefined;
  }

  /** Undoes what is not committed. Never throws. */
  async undo(): Promise<void> {
    this.#hasEnded = true;
    const client = await this.#begun?.catch(() => undefined);
    this.#begun = undefined;
    if (client === undefined) return;
    try {
      if (!this.#mustDiscard) await this.#inTurn(() => client.query("rollback"));
      client.release(this.#mustDiscard);
    } catch {
      client.release(true);
    }
  }

  #begin(then = ""): Promise<PoolClient> {
    // A body that failed may have left a call behind, which would take a connection that nobody gives back.
    if (this.#hasEnded) return Promise.reject(new Error("The transaction has ended."));
    this.#begun ??= this.#open(`begin isolation level read committed; ${then}`);
    return this.#begun;
  }

  async #open(text: string): Promise<PoolClient> {
    let client: PoolClient | undefined;
    try {
      client = await connectFrom(this.#pool);
      await runText(client, text);
      return client;
    } catch (error) {
      client?.release(true);
      this.#begun = undefined;
      throw portError(error, false);
    }
  }

  async #onClient(text: string, isCommitting = false): Promise<string> {
    const client = await this.#begin();
    return this.#told(() => this.#inTurn(() => runText(client, text)), isCommitting);
  }

  /** Runs `work` in the real transaction if there is one, else on any connection. */
  async #on<T>(work: (on: Queryable) => Promise<T>, isCommitting = false): Promise<T> {
    const client = await this.#begun;
    return this.#told(
      () => (client === undefined ? work(this.#pool) : this.#inTurn(() => work(client))),
      isCommitting,
    );
  }

  /** A connection runs one statement at a time, also when a body makes several calls at once. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Runs `work` and says its failure in the words of the port. */
  async #told<T>(work: () => Promise<T>, isCommitting: boolean): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (endsConnection(error)) this.#mustDiscard = true;
      const isLostSwap = error instanceof DatabaseError && error.code === lostSwapState;
      throw isLostSwap ? new LostUpdate({ cause: error }) : portError(error, isCommitting);
    }
  }
}

/** The number under which PostgreSQL knows the lock: 64 bits of the name's digest, written as a signed integer. */
export function lockNumber(name: string): string {
  return createHash("sha256").update(name).digest().readBigInt64BE().toString();
}
