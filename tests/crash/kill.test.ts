/**
 * kill -9 under load, again and again, on both databases, with the processor in the server and in a process of its own.
 * Whatever a client was told stays true, and nobody is charged twice. KILL_ROUNDS is the number of kills in all.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Postgres, startPostgres } from "../support/postgres.ts";
import { createStore, type TestStore } from "../support/server.ts";
import type { Caller } from "./api-client.ts";
import { expectJournalAgrees } from "./journal.ts";
import { type Load, startLoad } from "./load.ts";
import {
  launch,
  pause,
  releaseAll,
  type ServerChild,
  type SimulatorChild,
  startServer,
  startSimulator,
  temporaryDirectory,
} from "./process.ts";
import { createRandom, type Random, seedOfRun } from "./random.ts";
import {
  expectBalanced,
  expectKept,
  expectLedgerSumsToZero,
  expectOneEffectPerKey,
  expectOneEventPerChange,
} from "./verdict.ts";

const roundsInAll = Number(process.env["KILL_ROUNDS"] ?? 100);
const variants = [
  { engine: "sqlite", processor: "in process" },
  { engine: "sqlite", processor: "remote" },
  { engine: "postgres", processor: "in process" },
  { engine: "postgres", processor: "remote" },
] as const;
type Variant = (typeof variants)[number];

const rounds = Math.ceil(roundsInAll / variants.length);
/** Of every second start, so that a moment in which the machine is busy with something else decides nothing. */
const medianReadyMsMax = 5000;
/** Slow enough that many kills fall between a request's two commits. */
const simulatorArgs = ["--delay-ms", "10"];
/** Takes a tenth of it on a machine that does nothing else. */
const testTimeoutMs = 120_000 + rounds * 15_000;

interface Store {
  readonly flags: readonly string[];
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

let postgres: Postgres;
/** From the start of a process to its readiness, of all starts after a kill. */
const readyMs: number[] = [];
/** Stores whose files are removed at the end. */
const stores: TestStore[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ isDurable: true });
}, 60_000);

afterAll(async () => {
  await releaseAll();
  for (const store of stores) store.remove();
  await postgres.stop();
});

async function openStore({ engine }: Variant): Promise<Store> {
  if (engine === "sqlite") {
    const store = await createStore(engine);
    stores.push(store);
    return store;
  }
  const url = await createDatabase(postgres.url);
  return {
    flags: ["--database-url", url, "--data-dir", temporaryDirectory()],
    query: async (sql) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(sql);
      await client.end();
      return rows;
    },
  };
}

/** The processes of one run; the load sees them only through the address. */
interface Stage {
  server: ServerChild;
  simulator: SimulatorChild | undefined;
  readonly readyMs: number[];
  readonly usesPostgres: boolean;
  readonly store: Store;
  /** What kills left between asking the processor and storing its answer, where it is counted. */
  readonly interrupted: { captures: number; charges: number; refunds: number };
  /** What the server is started with each time. */
  readonly args: readonly string[];
}

async function openStage(variant: Variant, store: Store): Promise<Stage> {
  const simulator =
    variant.processor === "remote"
      ? await startSimulator({
          args: simulatorArgs,
          journalFile: join(temporaryDirectory(), "journal"),
        })
      : undefined;
  const args = [
    ...store.flags,
    ...(simulator === undefined ? [] : ["--simulator-url", simulator.url]),
    "--log-level",
    "warn",
  ];
  return {
    args,
    interrupted: { captures: 0, charges: 0, refunds: 0 },
    readyMs: [],
    server: await startServer({ args }),
    simulator,
    store,
    usesPostgres: variant.engine === "postgres",
  };
}

/** One kill of the server while it works; at times of what it talks to as well, and of one that is still starting. */
async function killOnce(stage: Stage, random: Random): Promise<void> {
  await pause(random.between(50, 500));
  if (random.next() < 0.3) await killSimulator(stage, random);
  if (stage.usesPostgres && random.next() < 0.2) await killPostgres(random);
  await stage.server.kill();
  if (stage.usesPostgres) await countInterrupted(stage);
  if (random.next() < 0.2) {
    const starting = launch("server", { args: ["--port", "0", ...stage.args] });
    await pause(random.between(100, 600));
    await starting.kill();
  }
  stage.server = await startServer({ args: stage.args });
  stage.readyMs.push(stage.server.readyMs);
}

/** Asked of PostgreSQL only: opening SQLite's file here would recover it in the server's place. */
async function countInterrupted({ interrupted, store }: Stage): Promise<void> {
  const rows = await store.query(`
    select 'charges' as kind from charges where status = 'pending'
    union all select 'captures' from charges where not captured and amount_captured > 0
    union all select 'refunds' from refunds where status = 'pending'`);
  for (const { kind } of rows) interrupted[kind as keyof typeof interrupted] += 1;
}

async function killSimulator(stage: Stage, random: Random): Promise<void> {
  const { simulator } = stage;
  if (simulator === undefined) return;
  await simulator.kill();
  await pause(random.between(0, 200));
  const port = Number(new URL(simulator.url).port);
  const { journalFile } = simulator;
  stage.simulator = await startSimulator({ args: simulatorArgs, journalFile, port });
}

/** The server goes through it and finds its database again. */
async function killPostgres(random: Random): Promise<void> {
  await postgres.kill();
  await postgres.restart();
  await pause(random.between(0, 800));
}

async function runRounds(stage: Stage, load: Load, random: Random): Promise<void> {
  for (let round = 0; round < rounds; round++) await killOnce(stage, random);
  await load.end();
}

async function withReport(
  about: { readonly random: Random; readonly stage: Stage },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { random, stage } = about;
    throw new Error(
      `CRASH_SEED=${random.seed}: ${(error as Error).message}\nServer:\n${stage.server.tail()}`,
      { cause: error },
    );
  }
}

describe.each(variants)("kill -9 under load, $engine, processor $processor", (variant) => {
  it(
    "loses nothing that was acknowledged and charges, captures and refunds nothing twice",
    async () => {
      const random = createRandom(seedOfRun());
      const store = await openStore(variant);
      const stage = await openStage(variant, store);
      const { secret_key: secretKey } = stage.server;
      const caller: Caller = { secretKey, url: () => stage.server.url };
      await withReport({ random, stage }, async () => {
        const load = startLoad({ caller, clientCount: 8, pauseMs: 20, seed: random.seed });
        await runRounds(stage, load, random);
        // The keys are kept in the data directory, so every start has the same ones.
        expect(stage.server.secret_key).toBe(secretKey);
        readyMs.push(...stage.readyMs);
        expect(load.contradictions).toEqual([]);
        // The rare state was reached, or the test would prove nothing about it.
        if (stage.usesPostgres && stage.simulator !== undefined) {
          const { captures, charges, refunds } = stage.interrupted;
          expect(captures + charges + refunds).toBeGreaterThanOrEqual(Math.floor(rounds / 5));
          const rare = Math.min(captures, charges, refunds);
          expect(rare).toBeGreaterThanOrEqual(Math.floor(rounds / 25));
        }
        expect(load.acknowledged.length).toBeGreaterThan(rounds);
        await expectKept(caller, load.acknowledged);
        const charges = await expectOneEffectPerKey(caller, load.acknowledged);
        await expectOneEventPerChange(caller, charges, load.acknowledged);
        await expectBalanced(caller, charges);
        if (stage.simulator !== undefined) {
          const journal = readFileSync(stage.simulator.journalFile, "utf8");
          expectJournalAgrees(journal, charges, load.acknowledged);
        }
        expect(await stage.server.stop()).toBe(0);
        await expectLedgerSumsToZero(store.query);
      });
    },
    testTimeoutMs,
  );
});

it("a server is ready again within 5 seconds of a kill", () => {
  const sorted = readyMs.toSorted((a, b) => a - b);
  expect(sorted.length).toBe(rounds * variants.length);
  // One that was never ready has failed its own test.
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(medianReadyMsMax);
});
