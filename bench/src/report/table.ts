/**
 * The results as text for a terminal: one line a row, with the floors and goals marked.
 */
import type { Growth, Results, Row } from "../results.ts";
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
    "per CPU-s: requests per second of CPU time of the server and its database; ratio: of that to stripe-mock's",
    "",
    ...columns([headings, ...results.rows.map(cellsOf)]),
    "",
    ...results.footprints.map(footprintLine),
    ...results.growth.map(growthLine),
    ...results.absent.map(({ peer, reason }) => `absent: ${peer} (${reason})`),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

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
  ].join("; ");
}

const growthLine = ({ database, operation, from, to, times }: Growth): string =>
  `iStripe, ${database}: ${operation} costs ${times.toFixed(2)} times as much with ${to} charges stored as with ${from} (${mark(times <= growthGoal, `${growthGoal}x`)})`;

const mark = (isMet: boolean, goal: string): string => `goal ${goal} ${isMet ? "met" : "missed"}`;

const whole = (value: number | null): string =>
  value === null ? "?" : Math.round(value).toLocaleString("en");

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const isText = (at: number): boolean => at < 2 || at === headings.length - 1;
  return rows.map((row) =>
    row
      .map((cell, at) =>
        isText(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
