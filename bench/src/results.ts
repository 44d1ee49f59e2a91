/**
 * What a run found out, as it is printed, written and drawn.
 */
import type { OperationName } from "./load/requests.ts";
import type { Sample } from "./measure/sample.ts";
import type { AbsentPeer, DatabaseName, PeerName, Server } from "./servers/server.ts";
import type { WebhookFigures } from "./webhooks/figures.ts";

/** One operation on one server: medians over the repeats. */
export interface Row {
  readonly database: DatabaseName;
  readonly operation: OperationName;
  readonly peer: PeerName;
  readonly requests_per_second: number;
  /** Of the server and its database. Null where CPU time cannot be read. */
  readonly requests_per_cpu_second: number | null;
  /** Of the server without its database. */
  readonly requests_per_api_cpu_second: number | null;
  /** The median over the rounds of `requests_per_cpu_second` to stripe-mock's of the same round. */
  readonly ratio: number | null;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Largest less smallest, as a share of the median, of what the ratio is made from. */
  readonly spread: number | null;
  /** Charges stored when the measuring began; null: it stores none. */
  readonly stored: number | null;
  /** The load generator's share of its core: near 1 it is the limit, not the server. */
  readonly generator_busy: number;
  readonly repeats: number;
}

/** What iStripe needs on one database besides time. */
export interface Footprint {
  readonly database: DatabaseName;
  readonly cold_start_ms: number;
  readonly idle_memory_mb: number | null;
  readonly loaded_memory_mb: number | null;
  readonly stored: number;
  readonly disk_bytes_per_charge: number | null;
  readonly written_bytes_per_charge: number | null;
  /** What the search index took after the fill; null: it was not waited for, or cannot be known. */
  readonly index_seconds: number | null;
  readonly index_cpu_us_per_charge: number | null;
  readonly index_disk_bytes_per_charge: number | null;
}

/** How many times what an operation costs in a full store against an empty one. */
export interface Growth {
  readonly database: DatabaseName;
  readonly operation: OperationName;
  readonly from: number;
  readonly to: number;
  readonly times: number;
}

/** One question on one database. */
export interface FirstPage {
  readonly database: DatabaseName;
  readonly stored: number;
  readonly question: string;
  /** The first time that it was asked. */
  readonly cold_ms: number;
  readonly median_ms: number;
  readonly p95_ms: number;
  /**
   * CPU time of the server and its database for one, once they are warm; null where it cannot be known. On a machine
   * that others use too it tells what the times would be without them.
   */
  readonly cpu_ms: number | null;
  /** Whether the slow end is within the goal. */
  readonly is_met: boolean;
}

export interface Results {
  readonly plan: string;
  readonly machine: string;
  readonly pinned: boolean;
  readonly finished: string;
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly footprints: readonly Footprint[];
  readonly growth: readonly Growth[];
  /** In a large run only. */
  readonly first_pages: readonly FirstPage[];
  /** In a full run, or where they alone were asked for. */
  readonly webhooks?: readonly WebhookFigures[];
  readonly absent: readonly AbsentPeer[];
}

export interface Measured {
  readonly server: Server;
  readonly operation: OperationName;
  readonly samples: readonly Sample[];
}

/** The rows of all that was measured, each with its ratio to stripe-mock. */
export function toRows(measured: readonly Measured[]): Row[] {
  return measured.map((one) => {
    const mock = measured.find(
      ({ operation, server }) => server.peer === "stripe-mock" && operation === one.operation,
    );
    return { ...toRow(one), ratio: ratioOf(one.samples, mock?.samples) };
  });
}

/**
 * What disturbs a noisy machine for longer than a sample disturbs both of the same round, so the ratio is made there.
 */
function ratioOf(ours: readonly Sample[], theirs: readonly Sample[] | undefined): number | null {
  return medianOrNull(
    ours.map((sample, round) => {
      const other = theirs?.[round];
      return other === undefined ? null : quotient(perCpuSecond(sample), perCpuSecond(other));
    }),
  );
}

const perCpuSecond = ({ requests, cpuSeconds }: Sample): number | null =>
  quotient(requests, cpuSeconds);

function toRow({ server, operation, samples }: Measured): Row {
  const perSecond = samples.map(perCpuSecond);
  const perApiCpuSecond = samples.map(({ requests, apiCpuSeconds }) =>
    quotient(requests, apiCpuSeconds),
  );
  const compared = perSecond.filter((value) => value !== null);
  const middle = medianOrNull(perSecond);
  return {
    database: server.database,
    generator_busy: median(samples.map((one) => one.generatorCpuSeconds / one.seconds)),
    operation,
    p50_ms: median(samples.map(({ p50Ms }) => p50Ms)),
    p99_ms: median(samples.map(({ p99Ms }) => p99Ms)),
    peer: server.peer,
    ratio: null,
    repeats: samples.length,
    requests_per_api_cpu_second: medianOrNull(perApiCpuSecond),
    requests_per_cpu_second: middle,
    requests_per_second: median(samples.map(({ requests, seconds }) => requests / seconds)),
    spread: middle === null ? null : (Math.max(...compared) - Math.min(...compared)) / middle,
    stored: server.fill,
  };
}

/** @param values at least one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error("There is no median of nothing.");
  return (low + high) / 2;
}

const medianOrNull = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : median(known);
};

const quotient = (a: number | null, b: number | null | undefined): number | null =>
  a === null || b === null || b === undefined || b <= 0 ? null : a / b;
