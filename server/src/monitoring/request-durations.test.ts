/**
 * The histogram that Prometheus scrapes: cumulative buckets, a sum and a count for each series.
 */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createDurations } from "./request-durations.ts";

test("each observation is in every bucket that is wide enough, once in the count and in the sum", async () => {
  const registry = new Registry();
  const durations = createDurations({ help: "How long.", name: "took_seconds" });
  registry.registerMetric(durations.metric);
  const labels = { method: "GET", route: "/v1/charges", status: "200" };
  for (const seconds of [0.001, 0.004, 0.004, 99]) durations.observe(seconds, labels);
  durations.observe(0.5, { ...labels, status: "404" });
  const text = await registry.metrics();
  expect(text).toContain("# TYPE took_seconds histogram");
  const count = (le: string, status = "200"): number => {
    const lines = text.split("\n").filter((line) => line.startsWith("took_seconds_bucket{"));
    const line = lines.find(
      (each) => each.includes(`le="${le}"`) && each.includes(`status="${status}"`),
    );
    return Number(line?.split(" ").at(-1));
  };
  expect([count("0.001"), count("0.0025"), count("0.005"), count("30"), count("+Inf")]).toEqual([
    1, 1, 3, 3, 4,
  ]);
  expect(count("+Inf", "404")).toBe(1);
  expect(text).toMatch(/took_seconds_sum\{[^}]*status="200"[^}]*\} 99\.009/);
  expect(text).toMatch(/took_seconds_count\{[^}]*status="200"[^}]*\} 4/);
});
