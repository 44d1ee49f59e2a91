/**
 * The run: starts everything, fills the stores, measures each operation on each server in turn, round after round, so
 * that whatever else the machine does hits all of them alike, and takes everything down again.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { type LoadGenerator, startLoadGenerator } from "./load/client.ts";
import { type OperationName, operationNames } from "./load/requests.ts";
import { coldStartMs } from "./measure/cold-start.ts";
import { residentBytes } from "./measure/process-tree.ts";
import { profileOperations } from "./measure/profile.ts";
import { type Sample, takeSample } from "./measure/sample.ts";
import type { Plan } from "./plan.ts";
import { type Footprint, type Growth, type Measured, type Results, toRows } from "./results.ts";
import { startFastify } from "./servers/fastify.ts";
import {
  type RunningPostgres,
  repository,
  startDurablePostgres,
  startIstripe,
} from "./servers/istripe.ts";
import { startLocalstripe } from "./servers/localstripe.ts";
import { type Cores, pinnableCores } from "./servers/process.ts";
import type { AbsentPeer, Server } from "./servers/server.ts";
import { startStripeMock } from "./servers/stripe-mock.ts";

/** What a run is given, and collects to be closed. */
export interface Run {
  readonly plan: Plan;
  readonly cores: Cores;
  /** Removed at the end. */
  readonly folder: string;
  readonly startedMs: number;
  readonly say: (progress: string) => void;
  readonly closers: (() => Promise<void> | void)[];
}

const cacheFolder = join(repository, ".cache/bench");

export function createRun(plan: Plan, say: (progress: string) => void): Run {
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, "run-"));
  return {
    closers: [() => rmSync(folder, { force: true, recursive: true })],
    cores: pinnableCores(),
    folder,
    plan,
    say,
    startedMs: performance.now(),
  };
}

/** Stops what was started, last first, and removes the run's folder. */
export async function closeRun(run: Run): Promise<void> {
  for (let close = run.closers.pop(); close !== undefined; close = run.closers.pop()) {
    await Promise.resolve(close()).catch((error: unknown) => run.say(`closing: ${error}`));
  }
}

/** @throws Error when a server does not start, or an answer is wrong: a bench that goes on then would be lying. */
export async function measure(run: Run): Promise<Results> {
  const { plan, say } = run;
  const generator = startLoadGenerator(run.cores.generator);
  run.closers.push(() => generator.close());
  const peersStarting = startPeers(run);
  // A peer may have to be built first. Only a quick run cannot wait for that, and pays with a noisy cold start.
  if (plan.name !== "quick") await peersStarting;
  const ours = await startOurs(run);
  const footprints: Footprint[] = [];
  for (const one of ours) footprints.push(await fillAndWeigh(run, generator, one));
  const peers = await peersStarting;
  const absent = peers.filter((peer) => "reason" in peer);
  const servers = [
    ...ours.map(({ server }) => server),
    ...peers.filter((peer) => "target" in peer),
  ];
  for (const server of servers) {
    if (server.fill === null || server.peer === "istripe") continue;
    await fill(run, generator, server);
  }
  const measured = await measureRounds(run, generator, servers);
  if (plan.isProfiled) {
    for (const { server } of ours) await profileOperations(run, generator, server);
  }
  say("done");
  return {
    absent,
    finished: new Date().toISOString(),
    footprints: footprints.map((footprint, at) => ({
      ...footprint,
      loaded_memory_mb: megabytes(ours[at]?.server.processId),
    })),
    growth: growthOf(measured, plan),
    machine: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, Node ${process.versions.node}`,
    pinned: run.cores.server !== null,
    plan: plan.name,
    rows: toRows(
      measured.filter(
        ({ server: { fill: stored, peer } }) => peer !== "istripe" || stored === plan.stored,
      ),
    ),
    seconds: Math.round((performance.now() - run.startedMs) / 1000),
  };
}

async function startPeers(run: Run): Promise<(Server | AbsentPeer)[]> {
  const { cores, folder, plan, say } = run;
  say("starting the peers");
  const limitMs = plan.buildLimitMs;
  const peers = [
    await startStripeMock(cores.server, cacheFolder, limitMs),
    plan.hasLocalstripe
      ? await startLocalstripe(cores.server, cacheFolder, { folder, limitMs })
      : ({ peer: "localstripe", reason: "--quick leaves it out" } as const),
    await startFastify(cores.server),
  ];
  for (const peer of peers) {
    if ("stop" in peer) run.closers.push(peer.stop);
    else say(`${peer.peer} is absent: ${peer.reason}`);
  }
  return peers;
}

interface Ours {
  readonly server: Server;
  readonly coldStartMs: number;
}

async function startOurs(run: Run): Promise<Ours[]> {
  const { cores, folder, plan, say } = run;
  const ours: Ours[] = [];
  for (const database of plan.databases) {
    let postgres: RunningPostgres | undefined;
    if (database === "postgres") {
      say("starting PostgreSQL, with fsync");
      postgres = await startDurablePostgres(cores.server);
      run.closers.push(postgres.stop);
    }
    const start = (stored: number): Promise<Server> =>
      startIstripe({
        core: cores.server,
        database,
        fill: stored,
        folder,
        isInspected: plan.isProfiled,
        ...(postgres === undefined ? {} : { postgres }),
      });
    say(`starting iStripe on ${database}, ${plan.coldStarts} times`);
    const coldMs = await coldStartMs(() => start(0), plan.coldStarts);
    for (const stored of [plan.stored, plan.emptyStored]) {
      if (stored === null) continue;
      const server = await start(stored);
      run.closers.push(server.stop);
      ours.push({ coldStartMs: coldMs, server });
    }
  }
  return ours;
}

const idleMs = 1000;

async function fillAndWeigh(
  run: Run,
  generator: LoadGenerator,
  { server, coldStartMs: coldMs }: Ours,
): Promise<Footprint> {
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const idle = megabytes(server.processId);
  const before = await server.storedBytes();
  const filled = await fill(run, generator, server);
  const after = await server.storedBytes();
  const stored = filled.requests;
  return {
    cold_start_ms: coldMs,
    database: server.database,
    disk_bytes_per_charge: before === null || after === null ? null : (after - before) / stored,
    idle_memory_mb: idle,
    loaded_memory_mb: null,
    stored,
    written_bytes_per_charge: filled.writtenBytes === null ? null : filled.writtenBytes / stored,
  };
}

/** Through the API, as everything is stored: a store that was filled another way would not be the one users have. */
async function fill(run: Run, generator: LoadGenerator, server: Server): Promise<Sample> {
  const requests = server.fill ?? 0;
  run.say(`storing ${requests} charges in ${nameOf(server)}`);
  return takeSample(generator, server, {
    isRemembered: true,
    operation: "charge",
    until: { requests },
  });
}

/** What a measurement takes beyond its own length: connecting, settling. */
const overheadSeconds = 0.15;

async function measureRounds(
  run: Run,
  generator: LoadGenerator,
  servers: readonly Server[],
): Promise<Measured[]> {
  const { plan } = run;
  const cells = operationNames.flatMap((operation) =>
    servers.map((server) => ({ operation, samples: [] as Sample[], server })),
  );
  for (const { server, operation } of cells) {
    run.say(`warming up: ${operation} on ${nameOf(server)}`);
    await takeSample(generator, server, { operation, until: { seconds: plan.warmupSeconds } });
  }
  const left = plan.targetSeconds - (performance.now() - run.startedMs) / 1000;
  const fitting = left / (plan.repeats * cells.length) - overheadSeconds;
  const seconds = Math.max(0.25, Math.min(plan.secondsMax, fitting));
  for (let round = 1; round <= plan.repeats; round += 1) {
    for (const { server, operation, samples } of cells) {
      const sample = await takeSample(generator, server, { operation, until: { seconds } });
      samples.push(sample);
      run.say(`round ${round} of ${plan.repeats}: ${summary(operation, server, sample)}`);
    }
  }
  return cells;
}

function summary(operation: OperationName, server: Server, sample: Sample): string {
  const perCpuSecond =
    sample.cpuSeconds === null ? "?" : Math.round(sample.requests / sample.cpuSeconds);
  return `${operation} on ${nameOf(server)}: ${Math.round(sample.requests / sample.seconds)}/s, ${perCpuSecond} per CPU-second, p99 ${sample.p99Ms.toFixed(1)} ms`;
}

const nameOf = ({ peer, database, fill: stored }: Server): string =>
  peer === "istripe" ? `iStripe on ${database} (${stored})` : peer;

function growthOf(measured: readonly Measured[], plan: Plan): Growth[] {
  const { emptyStored } = plan;
  if (emptyStored === null) return [];
  const rows = toRows(measured);
  return rows
    .filter(({ peer, stored }) => peer === "istripe" && stored === plan.stored)
    .flatMap(({ database, operation, requests_per_cpu_second: full }) => {
      const empty = rows.find(
        (row) =>
          row.database === database && row.operation === operation && row.stored === emptyStored,
      )?.requests_per_cpu_second;
      if (full === null || empty === null || empty === undefined) return [];
      return [{ database, from: emptyStored, operation, times: empty / full, to: plan.stored }];
    });
}

function megabytes(processId: number | undefined): number | null {
  const bytes = processId === undefined ? null : residentBytes(processId);
  return bytes === null ? null : bytes / 1_000_000;
}
