/**
 * Real servers for tests, on either database, each on data of its own: in this process, or as a child process where the
 * test needs its output or its death. Nothing stays behind, neither files nor processes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import pg from "pg";
import { inject } from "vitest";
import { type RunningServer, readConfig, startServer } from "../../server/src/index.ts";
import { createDatabase } from "./postgres.ts";

/** For `describe.each`: what holds on one database holds on the other. */
export const engines = ["sqlite", "postgres"] as const;
export type Engine = (typeof engines)[number];

export const repository = resolve(import.meta.dirname, "../..");

type StoredRow = Readonly<Record<string, unknown>>;

/** A place for a server's data, which outlives the servers that are started on it. */
export interface TestStore {
  readonly engine: Engine;
  readonly dataDir: string;
  /** The settings that put a server on it. */
  readonly flags: readonly string[];
  /** Reads or changes the stored rows past the server; parameters are `$1`, `$2`, … */
  query(sql: string, parameters?: readonly (string | number | null)[]): Promise<StoredRow[]>;
  remove(): void;
}

/** Data that no test has removed yet; a test that failed half-way leaves it to the end of its process. */
const leftOver = new Set<string>();
process.once("exit", () => {
  for (const dataDir of leftOver) rmSync(dataDir, { force: true, recursive: true });
});

export async function createStore(engine: Engine): Promise<TestStore> {
  const dataDir = mkdtempSync(join(tmpdir(), "istripe-test-"));
  leftOver.add(dataDir);
  const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : null;
  return {
    dataDir,
    engine,
    flags: [
      ...["--data-dir", dataDir],
      ...(databaseUrl === null ? [] : ["--database-url", databaseUrl]),
    ],
    query: (sql, parameters = []) =>
      databaseUrl === null
        ? queryFile(join(dataDir, "istripe.db"), sql, parameters)
        : queryServer(databaseUrl, sql, parameters),
    remove: () => {
      rmSync(dataDir, { force: true, recursive: true });
      leftOver.delete(dataDir);
    },
  };
}

async function queryFile(
  file: string,
  sql: string,
  parameters: readonly SQLInputValue[],
): Promise<StoredRow[]> {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    return database.prepare(sql.replaceAll("$", "?")).all(...parameters);
  } finally {
    database.close();
  }
}

async function queryServer(
  connectionString: string,
  sql: string,
  parameters: readonly SQLInputValue[],
): Promise<StoredRow[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<StoredRow>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}

/** Starts a server in this process on a store, with a free port and a silent log unless the flags say otherwise. */
export const startOn = (store: TestStore, flags: readonly string[] = []): Promise<RunningServer> =>
  startServer(readConfig(["--port", "0", "--log-level", "silent", ...store.flags, ...flags], {}));

export interface TestServer extends RunningServer {
  readonly store: TestStore;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** A server in this process with a new store. */
export async function startTestServer(
  engine: Engine,
  flags: readonly string[] = [],
): Promise<TestServer> {
  const store = await createStore(engine);
  const server = await startOn(store, flags);
  return {
    ...server,
    stop: async () => {
      await server.close();
      store.remove();
    },
    store,
  };
}

export interface ServerProcess {
  readonly url: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly child: ChildProcess;
  /** What it has written so far on stdout and stderr, in that order. */
  output(): Buffer;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

const startTimeoutMs = 15_000;

/** Starts `npm start`'s program as a process of its own. @throws Error with its output when it does not come up. */
export async function startServerProcess(flags: readonly string[]): Promise<ServerProcess> {
  const { child, firstLine, output } = await startProcess("server/src/start.js", [
    "--json",
    ...["--port", "0"],
    ...flags,
  ]);
  const ready: { url: string; secret_key: string; publishable_key: string } = JSON.parse(firstLine);
  return {
    child,
    output,
    publishableKey: ready.publishable_key,
    secretKey: ready.secret_key,
    stop: () => stopProcess(child),
    url: ready.url,
  };
}

export interface StartedProcess {
  readonly child: ChildProcess;
  /** The line of JSON with which the program says that it is ready. */
  readonly firstLine: string;
  output(): Buffer;
}

/** @param program a path in the repository. */
export async function startProcess(
  program: string,
  flags: readonly string[],
): Promise<StartedProcess> {
  const child = spawn(process.execPath, [join(repository, program), ...flags], {
    cwd: repository,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => written.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const output = (): Buffer => Buffer.concat([...written, ...errors]);
  await new Promise<void>((started, reject) => {
    const fail = (): void => {
      child.kill("SIGKILL");
      reject(new Error(`${program} did not start: ${output().toString("utf8").slice(-4000)}`));
    };
    const timer = setTimeout(fail, startTimeoutMs);
    child.stdout.on("data", (chunk: Buffer) => {
      if (!chunk.includes("\n")) return;
      clearTimeout(timer);
      child.off("exit", fail);
      started();
    });
    child.once("exit", fail);
    child.once("error", reject);
  });
  return { child, firstLine: Buffer.concat(written).toString("utf8").split("\n")[0] ?? "", output };
}

export async function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  // "close" comes after the last of its output.
  const gone = once(child, "close");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(timer);
  return child.exitCode;
}
