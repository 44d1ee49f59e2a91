/**
 * What is measured, for Prometheus: requests by route and status, and the process itself. No label carries an id, a
 * key or anything of a card.
 */
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { ServedRequest } from "./http/server.ts";

export interface Metrics {
  served(request: ServedRequest): void;
  jobFailed(): void;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Seconds: from a cached read to a slow processor. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    buckets: durationBuckets,
    help: "Time from the first byte of a request to the last of its answer.",
    labelNames: ["method", "route", "status"],
    name: "istripe_http_request_duration_seconds",
    registers: [registry],
  });
  const failures = new Counter({
    help: "Work of background jobs that failed and will be tried again; the log says which.",
    name: "istripe_job_failures_total",
    registers: [registry],
  });
  /** Looking a series up by its labels costs more than counting in it. Routes and statuses are few. */
  const seriesByName = new Map<string, { observe(seconds: number): void }>();
  return {
    jobFailed: () => failures.inc(),
    served: ({ method, route, status, durationMs }) => {
      const name = `${method} ${route} ${status}`;
      let series = seriesByName.get(name);
      if (series === undefined) {
        series = requests.labels(method, route, String(status));
        seriesByName.set(name, series);
      }
      series.observe(durationMs / 1000);
    },
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
