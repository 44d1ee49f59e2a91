/**
 * What is measured, for Prometheus: requests by route and status, and the process itself. No label carries an id, a
 * key or anything of a card.
 */
import type { Registry } from "prom-client";
import type { ServedRequest } from "../http/transport/server.ts";
import type { RequestLogCounts } from "../request-log/log.ts";
import { createDurations, type Durations } from "./request-durations.ts";

export interface Metrics {
  served(request: ServedRequest): void;
  jobFailed(): void;
  /** Seconds by which the search index that is furthest behind lags. */
  searchLag(seconds: number): void;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** @param requestLogCounts is asked at each scrape. */
export function createMetrics(requestLogCounts: () => RequestLogCounts): Metrics {
  const durations = createDurations({
    help: "Time from the head of a request to its answer.",
    name: "istripe_http_request_duration_seconds",
  });
  const numbers: Numbers = { jobFailures: 0, requestLogCounts, searchLagSeconds: 0 };
  let registry: Promise<Registry> | undefined;
  return {
    jobFailed: () => {
      numbers.jobFailures += 1;
    },
    searchLag: (seconds) => {
      numbers.searchLagSeconds = seconds;
    },
    served: ({ durationMs, method, route, status }) =>
      durations.observe(durationMs / 1000, { method, route, status: String(status) }),
    text: async () => {
      registry ??= openRegistry(durations, numbers);
      const opened = await registry;
      return { contentType: opened.contentType, text: await opened.metrics() };
    },
  };
}

/** What is counted here and read at each scrape. */
interface Numbers {
  jobFailures: number;
  searchLagSeconds: number;
  readonly requestLogCounts: () => RequestLogCounts;
}

/** At the first scrape, since most servers are never asked: from then on the process is watched too. */
async function openRegistry(durations: Durations, numbers: Numbers): Promise<Registry> {
  const {
    collectDefaultMetrics,
    Counter,
    Gauge,
    Registry: RegistryClass,
  } = await import("prom-client");
  const registry = new RegistryClass();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registry.registerMetric(durations.metric);
  new Counter({
    collect() {
      this.reset();
      this.inc(numbers.jobFailures);
    },
    help: "Work of background jobs that failed and will be tried again; the log says which.",
    name: "istripe_job_failures_total",
    registers,
  });
  new Gauge({
    collect() {
      this.set(numbers.searchLagSeconds);
    },
    help: "How long ago the last change was made that the search index holds, while there are newer ones; 0 when it holds all.",
    name: "istripe_search_index_lag_seconds",
    registers,
  });
  new Counter({
    collect() {
      const { dropped, sampledOut, written } = numbers.requestLogCounts();
      this.reset();
      this.inc({ outcome: "written" }, written);
      this.inc({ outcome: "sampled_out" }, sampledOut);
      this.inc({ outcome: "dropped" }, dropped);
    },
    help: "Requests that the request log was to keep: written, left out because there were too many in a second, or dropped because the database did not take them.",
    labelNames: ["outcome"],
    name: "istripe_request_log_records_total",
    registers,
  });
  return registry;
}
