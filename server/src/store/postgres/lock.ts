/**
 * One API process per database, for a server whose vault runs in process: PostgreSQL's advisory lock of a session that
 * is kept open. A broken session is opened again; when another server took the lock meanwhile, ours must stop.
 */
import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { StorageError, StorageLocked } from "../database.ts";
import { driverError, portError } from "./errors.ts";
import { lockNumber } from "./session.ts";

export interface DatabaseLock {
  release(): Promise<void>;
}

const lockText = `select pg_try_advisory_lock(${lockNumber("istripe server")}) as is_ours`;
/** A server that was killed a moment ago may still hold the lock, until PostgreSQL notices. */
const attemptCount = 5;
const attemptPauseMs = 200;
/** How often a lost connection is tried again: for half a minute. */
const regainCount = 30;
const regainPauseMs = 1_000;

/**
 * @param options.onLost told once when the lock was lost and could not be had again; the server must stop.
 * @throws StorageLocked when another server has the lock; StorageError at once without a connection.
 */
export async function lockDatabase(options: {
  readonly url: string;
  readonly onLost: (error: Error) => void;
}): Promise<DatabaseLock> {
  let client = await takeLock(options.url);
  let isReleased = false;

  const regain = async (): Promise<void> => {
    for (let attempt = 1; !isReleased; attempt++) {
      try {
        client = await takeLock(options.url);
        if (isReleased) await client.end();
        else watch();
        return;
      } catch (error) {
        // A server that restarts is waited for; another holder of the lock is not.
        const isOver = !(error instanceof StorageError) || attempt === regainCount;
        if (isOver) return options.onLost(error as Error);
      }
      await setTimeout(regainPauseMs);
    }
  };
  const watch = (): void => {
    client.once("end", () => void regain());
  };
  watch();
  return {
    release: async () => {
      isReleased = true;
      await client.end();
    },
  };
}

async function takeLock(url: string): Promise<pg.Client> {
  for (let attempt = 1; attempt <= attemptCount; attempt++) {
    const client = new pg.Client({
      application_name: "istripe lock",
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    // The end of the connection follows, and that is what is acted on.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query(lockText);
      if (rows[0]?.is_ours === true) return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw portError(driverError(error), false);
    }
    await client.end().catch(() => undefined);
    if (attempt < attemptCount) await setTimeout(attemptPauseMs);
  }
  throw new StorageLocked(
    "Another iStripe uses this database with a vault of its own: stop it, or choose another database.",
  );
}
