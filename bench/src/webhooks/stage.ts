/**
 * iStripe on a store of its own that can be stopped and started again, with as many processes that send as are wanted,
 * all on one core together with their database.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createDatabase } from "../../../tests/support/postgres.ts";
import { costOf, residentBytes } from "../measure/process-tree.ts";
import { type RunningPostgres, repository } from "../servers/istripe.ts";
import { type Core, firstLine, spawnPinned, stopProcess } from "../servers/process.ts";
import type { Store } from "./backlog.ts";

export interface StageStart {
  readonly core: Core;
  /** A folder on disk that the run removes. */
  readonly folder: string;
  /** Null: SQLite. */
  readonly postgres: RunningPostgres | null;
  readonly workerCount: number;
  /** Given to Node, for profiles by hand. */
  readonly nodeFlags?: readonly string[];
}

export interface Running {
  readonly url: string;
  readonly secretKey: string;
  /** Of all processes that send, and of the database; null where it cannot be known. */
  cpuSeconds(): number | null;
  /** Of the largest of the processes that send. */
  memoryBytes(): number | null;
  stop(): Promise<void>;
}

export interface Stage {
  readonly store: Store;
  start(): Promise<Running>;
}

export async function createStage(start: StageStart): Promise<Stage> {
  const dataDir = await mkdtemp(join(start.folder, "webhooks-"));
  const databaseUrl = start.postgres === null ? null : await createDatabase(start.postgres.url);
  const store = { databaseUrl, dataDir };
  return { start: () => startAll(start, store), store };
}

async function startAll(start: StageStart, store: Store): Promise<Running> {
  const server = launch(start, store, ["--port", "0"]);
  const ready: { url: string; secret_key: string } = JSON.parse(await firstLine(server, "iStripe"));
  const workers = Array.from({ length: start.workerCount }, () =>
    launch(start, store, ["--role", "worker"]),
  );
  for (const worker of workers) await firstLine(worker, "A worker");
  const senders = [server, ...workers];
  return {
    cpuSeconds: () => {
      const roots = senders.map(({ pid }) => pid ?? 0);
      if (start.postgres !== null) roots.push(start.postgres.processId);
      const costs = roots.map((root) => costOf(root)?.cpuSeconds ?? null);
      return costs.every((cost) => cost !== null)
        ? costs.reduce((sum, cost) => sum + cost, 0)
        : null;
    },
    memoryBytes: () => {
      const sizes = senders.map(({ pid }) => residentBytes(pid ?? 0));
      return sizes.every((size) => size !== null) ? Math.max(...sizes) : null;
    },
    secretKey: ready.secret_key,
    stop: async () => {
      for (const sender of senders.toReversed()) await stopProcess(sender);
    },
    url: ready.url,
  };
}

const launch = (start: StageStart, store: Store, flags: readonly string[]): ChildProcess =>
  spawnPinned(
    process.execPath,
    [
      ...(start.nodeFlags ?? []),
      join(repository, "server/src/start.js"),
      ...["--json", "--data-dir", store.dataDir, "--log-level", "warn", "--rate-limit", "off"],
      ...(store.databaseUrl === null ? [] : ["--database-url", store.databaseUrl]),
      ...flags,
    ],
    { core: start.core, environment: {}, stdio: "line" },
  );
