/**
 * The run: starts everything, fills the stores, measures each operation on each server in turn, round after round, so
 * that whatever else the machine does hits all of them alike, and takes everything down again.
 */
import { cpus } from "node:os";
import { type Filled, fill, fillAndWeigh, megabytes, type Ours } from "./fill.ts";
import { startLoadGenerator } from "./load/client.ts";
import { coldStartMs } from "./measure/cold-start.ts";
import { profileOperations } from "./measure/profile.ts";
import { cacheFolder, type Run } from "./open-run.ts";
import { type Results, toRows } from "./results.ts";
import { growthOf, measureRounds } from "./rounds.ts";
import { startFastify } from "./servers/fastify.ts";
import { type RunningPostgres, startDurablePostgres, startIstripe } from "./servers/istripe.ts";
import { startLocalstripe } from "./servers/localstripe.ts";
import { alone } from "./servers/pause.ts";
import type { AbsentPeer, Server } from "./servers/server.ts";
import { startStripeMock } from "./servers/stripe-mock.ts";
import { measureWebhooks } from "./webhooks/measure.ts";

/** @throws Error when a server does not start, or an answer is wrong: a bench that goes on then would be lying. */
export async function measure(run: Run): Promise<Results> {
  const { plan } = run;
  // Before anything else runs, so that nothing that others put off falls into it.
  const webhooks =
    plan.webhooks === "none"
      ? []
      : await measureWebhooks({
          ...run,
          databases: plan.databases,
          isQuick: plan.name === "quick",
        });
  if (plan.webhooks !== "only") return { ...(await measureRequests(run)), webhooks };
  return {
    ...aboutRun(run),
    absent: [],
    first_pages: [],
    footprints: [],
    growth: [],
    rows: [],
    webhooks,
  };
}

const aboutRun = ({ cores, plan, startedMs }: Run) => ({
  finished: new Date().toISOString(),
  machine: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, Node ${process.versions.node}`,
  pinned: cores.server !== null,
  plan: plan.name,
  seconds: Math.round((performance.now() - startedMs) / 1000),
});

async function measureRequests(run: Run): Promise<Results> {
  const { plan, say } = run;
  const generator = startLoadGenerator(run.cores.generator, (answered) =>
    say(`${answered} requests answered`),
  );
  run.closers.push(() => generator.close());
  const peersStarting = startPeers(run);
  // A peer may have to be built first. Only a quick run cannot wait for that, and pays with a noisy cold start.
  if (plan.name !== "quick") await peersStarting;
  const ours = await startOurs(run);
  const our = ours.map(({ server }) => server);
  const filled: Filled[] = [];
  for (const one of ours) {
    filled.push(await alone(our, one.server, () => fillAndWeigh(run, generator, one)));
  }
  const peers = await peersStarting;
  const absent = peers.filter((peer) => "reason" in peer);
  const servers = [...our, ...peers.filter((peer) => "target" in peer)];
  for (const server of servers) {
    if (server.fill === null || server.peer === "istripe") continue;
    await alone(servers, server, () => fill(run, generator, server));
  }
  const measured = await measureRounds(run, generator, servers);
  if (plan.isProfiled) {
    for (const { server } of ours) await profileOperations(run, generator, server);
  }
  say("done");
  return {
    ...aboutRun(run),
    absent,
    first_pages: filled.flatMap(({ firstPages }) => firstPages),
    footprints: filled.map(({ footprint }, at) => ({
      ...footprint,
      loaded_memory_mb: megabytes(ours[at]?.server.processId),
    })),
    growth: growthOf(measured, plan),
    rows: toRows(
      measured.filter(
        ({ server: { fill: stored, peer } }) => peer !== "istripe" || stored === plan.stored,
      ),
    ),
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
