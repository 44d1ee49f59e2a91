/**
 * The figures of a measurement of webhooks are medians per second of CPU time, and the table says what missed its goal.
 */
import { expect, it } from "vitest";
import { figuresOf, type WebhookRow, webhookLines } from "./results.ts";

const backlog = {
  bodySize: 3000,
  copies: 0,
  count: 1000,
  cpuCount: 900,
  cpuSeconds: 0.1,
  memoryBytes: 2e8,
  seconds: 0.5,
  sinkCpuSeconds: 0.1,
};
const row: WebhookRow = {
  backlogs: [
    backlog,
    { ...backlog, cpuSeconds: 0.09, seconds: 0.4 },
    { ...backlog, cpuSeconds: 1 },
  ],
  bares: [{ cpuSeconds: 1, requests: 20_000, seconds: 1 }],
  database: "sqlite",
  latency: { chargesPerSecond: 500, count: 4000, p50Ms: 6, p99Ms: 80 },
  workers: 0,
};

it("a share is of what undici alone does in a second of CPU time", () => {
  expect(figuresOf(row)).toMatchObject({
    bare_per_cpu_second: 20_000,
    deliveries_per_cpu_second: 9000,
    deliveries_per_second: 2000,
    memory_mb: 200,
    share_of_bare: 0.45,
  });
});

it("where CPU time cannot be known, the clock's seconds stand in", () => {
  const backlogs = [{ ...backlog, cpuSeconds: null }];
  expect(figuresOf({ ...row, backlogs }).deliveries_per_cpu_second).toBe(2000);
});

it("goals are judged one by one", () => {
  expect(webhookLines([figuresOf(row)]).join("\n")).toContain("goal 40 % met, goal 10/100 ms met");
  const slow = { ...row, latency: { ...row.latency, p99Ms: 101 } };
  expect(webhookLines([figuresOf(slow)]).join("\n")).toContain("goal 10/100 ms missed");
  expect(webhookLines([])).toEqual([]);
});
