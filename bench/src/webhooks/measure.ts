/**
 * What sending webhooks costs: a backlog of committed deliveries sent as fast as it goes, against undici alone with the
 * same bodies on the same core; and how long a delivery takes from its commit while charges come at half of what the
 * server takes.
 */
import { type RunningPostgres, startDurablePostgres } from "../servers/istripe.ts";
import type { Cores } from "../servers/process.ts";
import { addBacklog, queryStore } from "./backlog.ts";
import type { WebhookFigures } from "./figures.ts";
import { type Backlog, figuresOf, type Latency, type WebhookRow } from "./results.ts";
import { type BareResult, runBare, type Sink, startSink } from "./sink-process.ts";
import { createStage, type Running, type Stage } from "./stage.ts";

export interface WebhookRun {
  readonly cores: Cores;
  /** A folder on disk that the run removes. */
  readonly folder: string;
  readonly databases: readonly ("sqlite" | "postgres")[];
  readonly isQuick: boolean;
  readonly say: (progress: string) => void;
  readonly closers: (() => Promise<void> | void)[];
}

/** Stripe's limit of endpoints in an account. */
const endpointCount = 16;
/** Of the bare client: what the sender has open to one origin at most. */
const connectionCount = 128;

const sizes = {
  full: { bareSeconds: 5, chargeSeconds: 8, deliveries: 30_000, repeats: 3 },
  quick: { bareSeconds: 1, chargeSeconds: 2, deliveries: 4000, repeats: 1 },
} as const;

interface Setup {
  readonly database: "sqlite" | "postgres";
  readonly workerCount: number;
}

/** @throws Error when a server does not start, or a delivery does not come. */
export async function measureWebhooks(run: WebhookRun): Promise<WebhookFigures[]> {
  const { cores, say } = run;
  const figures: WebhookFigures[] = [];
  const sink = await startSink(cores.generator);
  run.closers.push(sink.stop);
  let postgres: RunningPostgres | null = null;
  for (const setup of setupsOf(run)) {
    if (setup.database === "postgres" && postgres === null) {
      say("starting PostgreSQL, with fsync, for webhooks");
      postgres = await startDurablePostgres(cores.server);
      run.closers.push(postgres.stop);
    }
    const on = setup.database === "sqlite" ? null : postgres;
    figures.push(figuresOf(await measureSetup(run, { postgres: on, setup, sink })));
  }
  // What is measured next runs without them.
  await postgres?.stop();
  await sink.stop();
  return figures;
}

function setupsOf({ databases, isQuick }: WebhookRun): Setup[] {
  const workerCounts = { postgres: isQuick ? [0] : [0, 2], sqlite: [0] };
  return databases.flatMap((database) =>
    workerCounts[database].map((workerCount) => ({ database, workerCount })),
  );
}

async function measureSetup(
  run: WebhookRun,
  about: { readonly postgres: RunningPostgres | null; readonly setup: Setup; readonly sink: Sink },
): Promise<WebhookRow> {
  const { cores, folder, isQuick, say } = run;
  const { postgres, setup, sink } = about;
  const { database, workerCount } = setup;
  const size = sizes[isQuick ? "quick" : "full"];
  const stage = await createStage({ core: cores.server, folder, postgres, workerCount });
  await prepare(stage, sink);
  const backlogs: Backlog[] = [];
  const bares: BareResult[] = [];
  for (let repeat = 1; repeat <= size.repeats; repeat += 1) {
    const backlog = await measureBacklog(stage, sink, {
      count: size.deliveries,
      name: `r${repeat}`,
    });
    const bare = await runBare(cores.server, {
      bodySize: backlog.bodySize,
      connections: connectionCount,
      seconds: size.bareSeconds,
      url: sink.url,
    });
    say(
      `webhooks on ${database}, ${workerCount} workers: ${Math.round(backlog.count / backlog.seconds)} deliveries/s, bare ${Math.round(bare.requests / bare.seconds)}/s`,
    );
    backlogs.push(backlog);
    bares.push(bare);
  }
  const latency = await measureLatency(stage, sink, size.chargeSeconds);
  say(`webhooks on ${database}: p50 ${latency.p50Ms} ms, p99 ${latency.p99Ms} ms`);
  return { backlogs, bares, database, latency, workers: workerCount };
}

/** Makes the endpoints, and one charge whose event is what the backlogs are made of. */
async function prepare(stage: Stage, sink: Sink): Promise<void> {
  const running = await stage.start();
  for (let at = 0; at < endpointCount; at += 1) {
    await post(running, "/v1/webhook_endpoints", {
      "enabled_events[]": "charge.succeeded",
      url: `${sink.url}/${at}`,
    });
  }
  await post(running, "/v1/charges", { amount: "2000", currency: "usd", source: "tok_visa" });
  await sink.until(endpointCount, 20_000);
  await running.stop();
}

async function post(
  { url, secretKey }: Running,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url + path, {
    body: new URLSearchParams(form),
    headers: { authorization: `Bearer ${secretKey}` },
    method: "POST",
    signal: AbortSignal.timeout(20_000),
  });
  if (answer.status !== 200)
    throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

const deliveriesMsMax = 180_000;

/** The clock runs from the first delivery that arrives to the last, so that the start of the server is not counted. */
async function measureBacklog(
  stage: Stage,
  sink: Sink,
  about: { readonly count: number; readonly name: string },
): Promise<Backlog> {
  await addBacklog(stage.store, about);
  sink.forget();
  const running = await stage.start();
  try {
    const early = await sink.state();
    const cpuBefore = running.cpuSeconds();
    const sinkBefore = early.cpuSeconds;
    const { bodySize, copies, count, firstMs, lastMs, ...after } = await sink.until(
      about.count,
      deliveriesMsMax,
    );
    const cpuAfter = running.cpuSeconds();
    return {
      bodySize,
      copies,
      count,
      cpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
      /** Those that came while the CPU time was read. */
      cpuCount: count - early.count,
      memoryBytes: running.memoryBytes(),
      seconds: (lastMs - firstMs) / 1000,
      sinkCpuSeconds: after.cpuSeconds - sinkBefore,
    };
  } finally {
    await running.stop();
  }
}

async function measureLatency(stage: Stage, sink: Sink, seconds: number): Promise<Latency> {
  // All but one endpoint hears nothing, so that each charge is one delivery.
  await queryStore(
    stage.store,
    "update webhook_endpoints set status = 'disabled' where id <> (select min(id) from webhook_endpoints)",
  );
  const running = await stage.start();
  try {
    const { secretKey, url } = running;
    const most = await sink.charge({ perSecond: null, seconds: seconds / 2, secretKey, url });
    await untilQuiet(sink);
    sink.forget();
    const charged = await sink.charge({ perSecond: most / 2, seconds, secretKey, url });
    await sink.until(Math.round(charged * seconds), 30_000);
    await untilQuiet(sink);
    const { came } = await sink.state(true);
    await running.stop();
    const rows = await queryStore(stage.store, "select id, made_ms from webhook_deliveries");
    const madeMs = new Map(rows.map(({ id, made_ms }) => [String(id), Number(made_ms)]));
    const waits = came
      .map(([id, ms]) => ms - (madeMs.get(id) ?? Number.NaN))
      .filter((wait) => !Number.isNaN(wait))
      .sort((a, b) => a - b);
    const at = (share: number): number =>
      waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN;
    return { chargesPerSecond: most / 2, count: waits.length, p50Ms: at(0.5), p99Ms: at(0.99) };
  } finally {
    await running.stop();
  }
}

async function untilQuiet(sink: Sink): Promise<void> {
  for (let last = -1; ; ) {
    const { count } = await sink.state();
    if (count === last) return;
    last = count;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
