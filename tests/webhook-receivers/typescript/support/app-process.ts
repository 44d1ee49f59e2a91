/**
 * The applications as processes that can be killed, and the database that outlives them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { inject } from "vitest";
import { createDatabase } from "../../../support/postgres.ts";
import { shopTables } from "../apps/shop.ts";
import { secret } from "./events.ts";
import type { Engine } from "./inboxes.ts";

const readyTimeoutMs = 20_000;

export interface ShopDatabase {
  readonly url: string;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** A database with the shop's tables in it. */
export async function openShopDatabase(engine: Engine): Promise<ShopDatabase> {
  return engine === "sqlite" ? openFile() : openServer();
}

function openFile(): ShopDatabase {
  const directory = mkdtempSync(join(tmpdir(), "webhook-shop-"));
  const url = join(directory, "shop.db");
  const database = new DatabaseSync(url, { timeout: 5_000 });
  database.exec(`pragma journal_mode = wal; ${shopTables}`);
  return {
    close: async () => {
      database.close();
      rmSync(directory, { recursive: true });
    },
    query: async (sql) => database.prepare(sql).all(),
    url,
  };
}

async function openServer(): Promise<ShopDatabase> {
  const url = await createDatabase(inject("postgresUrl"));
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  await pool.query(shopTables);
  return {
    close: () => pool.end(),
    query: async (sql) => (await pool.query(sql)).rows,
    url,
  };
}

/** Every framework that has a shop in `apps/`, and Next.js, which has a folder of its own beside it. */
export type Framework = "express" | "fastify" | "hono" | "next";

export interface AppStart {
  readonly name: Framework;
  readonly databaseUrl: string;
  readonly port: number;
  readonly dieAtEffect?: number;
  readonly settleMs?: number;
  /** The endpoint's; by default that of made-up events. */
  readonly secret?: string;
  /** Where the events' charges can be fetched. */
  readonly api?: { readonly url: string; readonly key: string };
}

export interface App {
  readonly url: string;
  readonly exited: Promise<unknown>;
  isRunning(): boolean;
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code. */
  stop(): Promise<number | null>;
  /**
   * What it has written on stderr, but for leases that were lost: on a machine that is busy for longer than the short
   * ones of these tests last, that may happen and does no harm.
   */
  complaints(): string;
}

/** @throws Error with what it wrote if it does not come up. */
export async function startApp(start: AppStart): Promise<App> {
  const child = spawn(process.execPath, commandOf(start), {
    env: {
      ...process.env,
      API_KEY: start.api?.key ?? "",
      API_URL: start.api?.url ?? "",
      DATABASE_URL: start.databaseUrl,
      DIE_AT_EFFECT: String(start.dieAtEffect ?? 0),
      NEXT_MANUAL_SIG_HANDLE: "true",
      PORT: String(start.port),
      SETTLE_MS: String(start.settleMs ?? 0),
      WEBHOOK_SECRET: start.secret ?? secret,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    complaints = (complaints + chunk).slice(-20_000);
  });
  const exited = once(child, "exit");
  await ready(child, () => complaints);
  return {
    complaints: () =>
      complaints
        .split("\n")
        .filter((line) => !/\[lease_lost\]|--trace-warnings/.test(line))
        .join("\n"),
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
    url: `http://127.0.0.1:${start.port}/webhooks`,
  };
}

const nextApp = join(import.meta.dirname, "../../next-app");

function commandOf({ name, port }: AppStart): string[] {
  if (name !== "next") return [join(import.meta.dirname, `../apps/${name}-app.ts`)];
  const program = join(nextApp, "node_modules/next/dist/bin/next");
  return [program, "start", nextApp, "--hostname", "127.0.0.1", "--port", String(port)];
}

/** A process that dies of what an earlier one left behind may do so before it says that it is ready. */
async function ready(child: ChildProcess, complaints: () => string): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), readyTimeoutMs);
  const [said] = await Promise.race([once(child.stdout ?? child, "data"), once(child, "exit")]);
  clearTimeout(timer);
  if (!Buffer.isBuffer(said) && child.signalCode === null)
    throw new Error(`The application did not start: ${complaints()}`);
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  return address.port;
}
