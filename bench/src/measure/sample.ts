/**
 * One measurement of one operation on one server: the load, and what it cost the server. The server's CPU time is read
 * before the first request and after it has come to rest, so work put off until just after the answer is counted too.
 * Work that is put off for longer, as the search index is, is measured by itself.
 */
import type { LoadGenerator } from "../load/client.ts";
import type { LoadJob, LoadResult } from "../load/messages.ts";
import type { Server } from "../servers/server.ts";
import { type Cost, costOf, sum } from "./process-tree.ts";

export interface Sample extends LoadResult {
  /** With the database's processes, where it has any. Null where it cannot be known. */
  readonly cpuSeconds: number | null;
  /** Without them. */
  readonly apiCpuSeconds: number | null;
  readonly writtenBytes: number | null;
}

const settleStepMs = 50;
const settleStepsMax = 10;

export async function takeSample(
  generator: LoadGenerator,
  server: Server,
  job: LoadJob,
): Promise<Sample> {
  await generator.connect(server.target);
  const before = costsOf(server);
  const result = await generator.run(job);
  const after = await settled(server);
  return {
    ...result,
    apiCpuSeconds: difference(before.api?.cpuSeconds, after.api?.cpuSeconds),
    cpuSeconds: difference(totalCpu(before), totalCpu(after)),
    writtenBytes: difference(totalWritten(before), totalWritten(after)),
  };
}

interface Costs {
  readonly api: Cost | null;
  /** Undefined: no database of its own. */
  readonly database: Cost | null | undefined;
}

const costsOf = ({ processId, databaseProcessId }: Server): Costs => ({
  api: costOf(processId),
  database: databaseProcessId === null ? undefined : costOf(databaseProcessId),
});

async function settled(server: Server): Promise<Costs> {
  let last = costsOf(server);
  for (let step = 0; step < settleStepsMax; step += 1) {
    await new Promise((resolve) => setTimeout(resolve, settleStepMs));
    const now = costsOf(server);
    if (totalCpu(now) === totalCpu(last)) return now;
    last = now;
  }
  return last;
}

/** CPU seconds that the server and its database have spent so far; null where that is not known. */
export const cpuSecondsOf = (server: Server): number | null => totalCpu(costsOf(server));

const totalCpu = ({ api, database }: Costs): number | null =>
  sum(api?.cpuSeconds ?? null, database === undefined ? 0 : (database?.cpuSeconds ?? null));

/**
 * What goes to disk. A database writes to its clients with other calls than to its files, so its write calls tell; the
 * pages it makes dirty do not, because Linux counts a large page whole for each byte. Our own process writes files and
 * sockets with the same calls, and its pages are small, so there it is the other way round.
 */
const totalWritten = ({ api, database }: Costs): number | null =>
  database === undefined ? (api?.dirtiedBytes ?? null) : (database?.writeCallBytes ?? null);

const difference = (
  before: number | null | undefined,
  after: number | null | undefined,
): number | null => (before == null || after == null ? null : after - before);
