/** Reports name what was missed and who was absent, and the picture draws only what was measured. */
import { expect, it } from "vitest";
import type { Results, Row } from "../results.ts";
import { toPicture } from "./picture.ts";
import { toTable } from "./table.ts";

const row: Row = {
  database: "sqlite",
  generator_busy: 0.1,
  operation: "charge",
  p50_ms: 1,
  p99_ms: 2,
  peer: "istripe",
  ratio: 1.5,
  repeats: 3,
  requests_per_api_cpu_second: 4500,
  requests_per_cpu_second: 4500,
  requests_per_second: 4000,
  spread: 0.1,
  stored: 200_000,
};

const results: Results = {
  absent: [{ peer: "stripe-mock", reason: "Go, which builds it, is not installed" }],
  first_pages: [],
  finished: "2026-11-21T00:00:00.000Z",
  footprints: [
    {
      cold_start_ms: 500,
      database: "sqlite",
      disk_bytes_per_charge: 2500,
      idle_memory_mb: 100,
      index_cpu_us_per_charge: 200,
      index_disk_bytes_per_charge: 1500,
      index_seconds: 60,
      loaded_memory_mb: 200,
      stored: 200_000,
      written_bytes_per_charge: 15_000,
    },
  ],
  growth: [{ database: "sqlite", from: 1000, operation: "get", times: 1.4, to: 1_000_000 }],
  machine: "a machine",
  pinned: true,
  plan: "full",
  rows: [row],
  seconds: 1,
};

it("the table says which floor and which goals were missed, and which peer is absent and why", () => {
  const table = toTable(results);
  expect(table).toContain("floor 2x MISSED");
  expect(table).toContain("goal 400 ms missed");
  expect(table).toContain("goal 150 MB met");
  expect(table).toContain("goal 1.3x missed");
  expect(table).toContain("absent: stripe-mock (Go, which builds it, is not installed)");
});

it("first pages are judged one by one and all together", () => {
  const page = {
    cold_ms: 30,
    cpu_ms: 0.5,
    database: "sqlite",
    is_met: true,
    median_ms: 1,
    p95_ms: 2,
    question: "charges plain",
    stored: 1_000_000,
  } as const;
  expect(toTable(results)).not.toContain("first page");
  expect(toTable({ ...results, first_pages: [page] })).toContain("met by all");
  const slow = { ...page, is_met: false, p95_ms: 21, question: "charges customer" };
  const table = toTable({ ...results, first_pages: [page, slow] });
  expect(table).toContain("goal of 20 ms is MISSED by 1 of 2");
  expect(table).toMatch(/charges customer .* 21.0 +0.5 {2}goal 20 ms MISSED/);
});

it("a floor that is met and a goal that is met are told apart", () => {
  expect(toTable({ ...results, rows: [{ ...row, ratio: 2 }] })).toContain("goal 3.5x missed");
  expect(toTable({ ...results, rows: [{ ...row, ratio: 3.5 }] })).toContain("goal 3.5x met");
});

it("the picture has a bar with its figure for each row, and none where nothing was measured", () => {
  const picture = toPicture(results) ?? "";
  expect(picture.match(/<rect/g)).toHaveLength(1);
  expect(picture).toContain("4,500 (1.5×)");
  expect(picture).not.toContain("NaN");
  expect(toPicture({ ...results, rows: [{ ...row, requests_per_cpu_second: null }] })).toBeNull();
});
