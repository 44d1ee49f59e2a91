/**
 * What was found out about sending webhooks, as a table with verdicts and as plain figures.
 */
import { columns } from "../report/columns.ts";
import { median } from "../results.ts";
import type { WebhookFigures } from "./figures.ts";
import type { BareResult } from "./sink-process.ts";

/** One backlog, sent to its end. */
export interface Backlog {
  readonly count: number;
  readonly copies: number;
  readonly bodySize: number;
  /** From the first that came to the last. */
  readonly seconds: number;
  /** Of the senders and their database, while `cpuCount` of them were sent; null where it cannot be known. */
  readonly cpuSeconds: number | null;
  readonly cpuCount: number;
  readonly memoryBytes: number | null;
  readonly sinkCpuSeconds: number;
}

/** From the making of a delivery's row, which is before its commit, to its arrival. */
export interface Latency {
  readonly chargesPerSecond: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface WebhookRow {
  readonly database: "sqlite" | "postgres";
  readonly workers: number;
  readonly backlogs: readonly Backlog[];
  readonly bares: readonly BareResult[];
  readonly latency: Latency;
}

/** A sender's share of what undici alone does on the same core. */
const shareGoal = 0.4;
const p50GoalMs = 10;
const p99GoalMs = 100;

/** The figures of one row: medians over the repeats. Rates are per second of CPU time where that is known. */
export function figuresOf(row: WebhookRow): WebhookFigures {
  const perSecond = median(row.backlogs.map(({ count, seconds }) => count / seconds));
  const perCpuSecond = median(
    row.backlogs.map(({ count, cpuCount, cpuSeconds, seconds }) =>
      cpuSeconds === null ? count / seconds : cpuCount / cpuSeconds,
    ),
  );
  const bare = median(row.bares.map(({ cpuSeconds, requests }) => requests / cpuSeconds));
  return {
    bare_per_cpu_second: bare,
    database: row.database,
    deliveries_per_cpu_second: perCpuSecond,
    deliveries_per_second: perSecond,
    latency_p50_ms: row.latency.p50Ms,
    latency_p99_ms: row.latency.p99Ms,
    latency_charges_per_second: row.latency.chargesPerSecond,
    memory_mb: Math.max(...row.backlogs.map(({ memoryBytes }) => (memoryBytes ?? 0) / 1e6)),
    share_of_bare: perCpuSecond / bare,
    workers: row.workers,
  };
}

const headings = [
  "webhooks",
  "deliveries/s",
  "per CPU-s",
  "undici alone",
  "share",
  "p50 ms",
  "p99 ms",
  "at charges/s",
  "memory MB",
  "",
];

export function webhookLines(measured: readonly WebhookFigures[]): string[] {
  if (measured.length === 0) return [];
  const cells = measured.map((figures) => {
    const { database, workers } = figures;
    return [
      workers === 0 ? database : `${database}, ${workers} workers`,
      whole(figures.deliveries_per_second),
      whole(figures.deliveries_per_cpu_second),
      whole(figures.bare_per_cpu_second),
      `${whole(figures.share_of_bare * 100)} %`,
      whole(figures.latency_p50_ms),
      whole(figures.latency_p99_ms),
      whole(figures.latency_charges_per_second),
      whole(figures.memory_mb),
      verdictOf(figures),
    ];
  });
  return [
    ...columns([headings, ...cells], (at) => at === 0 || at === headings.length - 1),
    "per CPU-s: of the senders and their database, a backlog of committed deliveries to 16 endpoints; share: of undici alone, same bodies, same core; latency: from the row to the receiver, at half of the charges that the server takes",
    "",
  ];
}

function verdictOf(figures: WebhookFigures): string {
  const isFast = figures.share_of_bare >= shareGoal;
  const isPrompt = figures.latency_p50_ms <= p50GoalMs && figures.latency_p99_ms <= p99GoalMs;
  const goal = (name: string, isMet: boolean): string => `${name} ${isMet ? "met" : "missed"}`;
  return `${goal(`goal ${shareGoal * 100} %`, isFast)}, ${goal(`goal ${p50GoalMs}/${p99GoalMs} ms`, isPrompt)}`;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
