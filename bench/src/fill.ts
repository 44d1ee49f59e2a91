/**
 * Fills the stores, and weighs what that took: time to the first answer, memory, disk, and the search index, which is
 * made when the answers are out. In a large run the first pages are asked for then, while nothing else has been.
 */
import { askFirstPages } from "./first-pages/ask.ts";
import type { LoadGenerator } from "./load/client.ts";
import { residentBytes } from "./measure/process-tree.ts";
import { type Sample, takeSample } from "./measure/sample.ts";
import { type IndexCost, untilIndexed } from "./measure/search-index.ts";
import type { Run } from "./open-run.ts";
import type { FirstPage, Footprint } from "./results.ts";
import { nameOf, type Server } from "./servers/server.ts";

/** An iStripe that was started, and the median of its starts. */
export interface Ours {
  readonly server: Server;
  readonly coldStartMs: number;
}

const idleMs = 1000;

export interface Filled {
  readonly footprint: Footprint;
  readonly firstPages: readonly FirstPage[];
}

export async function fillAndWeigh(
  run: Run,
  generator: LoadGenerator,
  { server, coldStartMs: coldMs }: Ours,
): Promise<Filled> {
  const { plan } = run;
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const idle = megabytes(server.processId);
  const before = await server.storedBytes();
  const filled = await fill(run, generator, server);
  const after = await server.storedBytes();
  const stored = filled.requests;
  const perCharge = (bytes: number | null): number | null =>
    bytes === null ? null : bytes / stored;
  const index = await indexCost(run, server);
  const indexed = await server.storedBytes();
  // The small store is there to be compared with; its pages would be fast in any case.
  const isLarge = plan.asksFirstPages && server.fill === plan.stored;
  return {
    firstPages: isLarge ? await askFirstPages(server, run.say) : [],
    footprint: {
      cold_start_ms: coldMs,
      database: server.database,
      disk_bytes_per_charge: perCharge(difference(before, after)),
      idle_memory_mb: idle,
      index_cpu_us_per_charge: perCharge(microseconds(index)),
      index_disk_bytes_per_charge: index === null ? null : perCharge(difference(after, indexed)),
      index_seconds: index?.seconds ?? null,
      loaded_memory_mb: null,
      stored,
      written_bytes_per_charge: perCharge(filled.writtenBytes),
    },
  };
}

async function indexCost({ plan, say }: Run, server: Server): Promise<IndexCost | null> {
  const limitSeconds = plan.indexLimitSeconds;
  if (limitSeconds === null) return null;
  say(`waiting for the search index of ${nameOf(server)}`);
  return untilIndexed(server, { limitSeconds, say });
}

const microseconds = (cost: IndexCost | null): number | null =>
  cost?.cpuSeconds == null ? null : cost.cpuSeconds * 1e6;

const difference = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : after - before;

/** Through the API, as everything is stored: a store that was filled another way would not be the one users have. */
export async function fill(run: Run, generator: LoadGenerator, server: Server): Promise<Sample> {
  const requests = server.fill ?? 0;
  run.say(`storing ${requests} charges in ${nameOf(server)}`);
  // The peers have nothing but charges.
  const isMixed = run.plan.asksFirstPages && server.peer === "istripe";
  return takeSample(generator, server, {
    isRemembered: true,
    operation: isMixed ? "mixture" : "charge",
    until: { requests },
  });
}

export function megabytes(processId: number | undefined): number | null {
  const bytes = processId === undefined ? null : residentBytes(processId);
  return bytes === null ? null : bytes / 1_000_000;
}
