/**
 * The results as text for a terminal: one line a row, with the floors and goals marked.
 */
import type { Growth, Results, Row } from "../results.ts";
import { webhookLines } from "../webhooks/results.ts";
import { columns } from "./columns.ts";
import { firstPageLines } from "./first-pages.ts";
import { coldStartGoalMs, growthGoal, idleMemoryGoalMb, ratioBars, verdict } from "./goals.ts";

const headings = [
  "operation",
  "server",
  "requests/s",
  "per CPU-s",
  "spread",
  "API only",
  "ratio",
  "p50 ms",
  "p99 ms",
  "generator",
  "",
];

export function toTable(results: Results): string {
  const lines = [
    "",
    `${results.machine}; ${results.pinned ? "servers pinned to core 0, load to core 1" : "unpinned"}; 64 connections; ${results.plan} run, ${results.seconds} s`,
    ...rowLines(results.rows),
    ...firstPageLines(results.first_pages),
    ...webhookLines(results.webhooks ?? []),
    ...results.footprints.map(footprintLine),
    ...results.growth.map(growthLine),
    ...results.absent.map(({ peer, reason }) => `absent: ${peer} (${reason})`),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

const rowLines = (rows: readonly Row[]): string[] =>
  rows.length === 0
    ? [""]
    : [
        "per CPU-s: requests per second of CPU time of the server and its database; ratio: of that to stripe-mock's of the same round, median of the rounds",
        "",
        ...columns([headings, ...rows.map(cellsOf)], (at) => at < 2 || at === headings.length - 1),
        "",
      ];

function cellsOf(row: Row): string[] {
  const isOurs = row.peer === "istripe";
  return [
    row.operation,
    isOurs ? `iStripe, ${row.database}` : row.peer,
    whole(row.requests_per_second),
    whole(row.requests_per_cpu_second),
    row.spread === null ? "?" : `${whole(row.spread * 100)} %`,
    row.database === "postgres" ? whole(row.requests_per_api_cpu_second) : "",
    row.ratio === null ? "?" : row.ratio.toFixed(2),
    row.p50_ms.toFixed(1),
    row.p99_ms.toFixed(1),
    `${whole(row.generator_busy * 100)} %`,
    // The bars are for the embedded database; a server that is asked over a socket is compared, not judged.
    isOurs && row.database === "sqlite" && row.ratio !== null
      ? verdict(row.ratio, ratioBars[row.operation])
      : "",
  ];
}

function footprintLine(footprint: Results["footprints"][number]): string {
  const { database, stored } = footprint;
  return [
    `iStripe, ${database}: first answer after ${whole(footprint.cold_start_ms)} ms (${mark(footprint.cold_start_ms <= coldStartGoalMs, `${coldStartGoalMs} ms`)})`,
    `memory ${whole(footprint.idle_memory_mb)} MB idle (${mark((footprint.idle_memory_mb ?? 0) <= idleMemoryGoalMb, `${idleMemoryGoalMb} MB`)}), ${whole(footprint.loaded_memory_mb)} MB after the run`,
    `${whole(footprint.disk_bytes_per_charge)} bytes on disk and ${whole(footprint.written_bytes_per_charge)} written per charge (${stored} stored)`,
    ...(footprint.index_seconds === null ? [] : [indexPart(footprint)]),
  ].join("; ");
}

/** What the server does after the answers, as fast as it can: nearly all of it is the search index. */
const indexPart = (footprint: Results["footprints"][number]): string =>
  `search index whole after ${whole(footprint.index_seconds)} s: ${whole(footprint.index_cpu_us_per_charge)} µs of CPU and ${whole(footprint.index_disk_bytes_per_charge)} bytes on disk per charge`;

const growthLine = ({ database, operation, from, to, times }: Growth): string =>
  `iStripe, ${database}: ${operation} costs ${times.toFixed(2)} times as much with ${to} charges stored as with ${from} (${mark(times <= growthGoal, `${growthGoal}x`)})`;

const mark = (isMet: boolean, goal: string): string => `goal ${goal} ${isMet ? "met" : "missed"}`;

const whole = (value: number | null): string =>
  value === null ? "?" : Math.round(value).toLocaleString("en");
