/**
 * iStripe as `npm start` runs it, on either database, with every answer durable. The data is on a real disk: in the
 * run's folder for SQLite, in a PostgreSQL of its own, with fsync, for the other.
 */
import { mkdtemp, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { createDatabase, startPostgres } from "../../../tests/support/postgres.ts";
import { processTree } from "../measure/process-tree.ts";
import { freePort } from "./free-port.ts";
import { type Core, firstLine, pin, spawnPinned, stopProcess } from "./process.ts";
import type { Server } from "./server.ts";

export const repository = resolve(import.meta.dirname, "../../..");

export interface IstripeStart {
  readonly database: "sqlite" | "postgres";
  readonly core: Core;
  /** A folder on disk that the run removes. */
  readonly folder: string;
  readonly fill: number;
  /** A running PostgreSQL; needed for that database. */
  readonly postgres?: RunningPostgres;
  /** Whether Node's inspector is open, for profiles. */
  readonly isInspected: boolean;
}

export interface RunningPostgres {
  readonly url: string;
  readonly processId: number;
  stop(): Promise<void>;
}

/** A PostgreSQL with fsync on, all of it on one core. */
export async function startDurablePostgres(core: Core): Promise<RunningPostgres> {
  const { url, stop } = await startPostgres({ isDurable: true });
  const file = await query(url, "select pg_read_file('postmaster.pid') as text");
  const processId = Number(String(file["text"]).split("\n")[0]);
  pin(processTree([processId]), core);
  return { processId, stop, url };
}

export async function startIstripe(start: IstripeStart): Promise<Server> {
  const { database, folder, fill, postgres } = start;
  const dataDir = await mkdtemp(join(folder, `istripe-${database}-`));
  const databaseUrl = postgres === undefined ? null : await createDatabase(postgres.url);
  const inspectorPort = start.isInspected ? await freePort() : null;
  const child = spawnPinned(
    process.execPath,
    [
      ...(inspectorPort === null ? [] : [`--inspect=127.0.0.1:${inspectorPort}`]),
      join(repository, "server/src/start.js"),
      ...["--json", "--port", "0", "--data-dir", dataDir],
      ...["--log-level", "warn", "--rate-limit", "off"],
      ...(databaseUrl === null ? [] : ["--database-url", databaseUrl]),
    ],
    // An empty environment: the settings of whoever runs the bench are not measured.
    { core: start.core, environment: {}, stdio: "line" },
  );
  const ready: { url: string; secret_key: string } = JSON.parse(await firstLine(child, "iStripe"));
  return {
    database,
    databaseProcessId: postgres?.processId ?? null,
    fill,
    inspectorUrl: inspectorPort === null ? null : await inspectorUrl(inspectorPort),
    ...(databaseUrl === null ? {} : { isAtRest: () => isAtRest(databaseUrl) }),
    peer: "istripe",
    processId: child.pid ?? 0,
    stop: () => stopProcess(child),
    storedBytes: () => (databaseUrl === null ? folderBytes(dataDir) : databaseBytes(databaseUrl)),
    target: {
      isCanned: false,
      name: dataDir,
      payer: "source=tok_visa",
      port: Number(new URL(ready.url).port),
      secretKey: ready.secret_key,
    },
  };
}

async function inspectorUrl(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/json`, {
    signal: AbortSignal.timeout(5000),
  });
  const [found] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
  if (found === undefined) throw new Error("The inspector names no process.");
  return found.webSocketDebuggerUrl;
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function databaseBytes(url: string): Promise<number> {
  return Number((await query(url, "select pg_database_size(current_database()) as size"))["size"]);
}

async function isAtRest(url: string): Promise<boolean> {
  const { busy } = await query(
    url,
    `select count(*) as busy from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
  );
  return Number(busy) === 0;
}

async function query(url: string, sql: string): Promise<Readonly<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}
