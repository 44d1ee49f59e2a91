/**
 * What is measured, for Prometheus: requests by route and status, and the process itself. No label carries an id, a
 * key or anything of a card.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ServedRequest } from "../http/transport/server.ts";
import type { RequestLogCounts } from "../request-log/log.ts";
import { createDurations } from "./request-durations.ts";

export interface Metrics {
  served(request: ServedRequest): void;
  jobFailed(): void;
  /** Seconds by which the search index that is furthest behind lags. */
  searchLag(seconds: number): void;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** @param requestLogCounts is asked at each scrape. */
export function createMetrics(requestLogCounts: () => RequestLogCounts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = createDurations({
    help: "Time from the head of a request to its answer.",
    name: "istripe_http_request_duration_seconds",
  });
  registry.registerMetric(durations.metric);
  const failures = new Counter({
    help: "Work of background jobs that failed and will be tried again; the log says which.",
    name: "istripe_job_failures_total",
    registers: [registry],
  });
  const searchLag = new Gauge({
    help: "How long ago the last change was made that the search index holds, while there are newer ones; 0 when it holds all.",
    name: "istripe_search_index_lag_seconds",
    registers: [registry],
  });
  registry.registerMetric(recordsCounter(requestLogCounts));
  return {
    jobFailed: () => failures.inc(),
    searchLag: (seconds) => searchLag.set(seconds),
    served: ({ durationMs, method, route, status }) =>
      durations.observe(durationMs / 1000, { method, route, status: String(status) }),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

const recordsCounter = (counts: () => RequestLogCounts): Counter =>
  new Counter({
    collect() {
      const { dropped, sampledOut, written } = counts();
      this.reset();
      this.inc({ outcome: "written" }, written);
      this.inc({ outcome: "sampled_out" }, sampledOut);
      this.inc({ outcome: "dropped" }, dropped);
    },
    help: "Requests that the request log was to keep: written, left out because there were too many in a second, or dropped because the database did not take them.",
    labelNames: ["outcome"],
    name: "istripe_request_log_records_total",
    registers: [],
  });
