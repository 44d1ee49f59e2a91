/**
 * Measures each operation on each server in turn, round after round, so that whatever else the machine does hits all of
 * them alike; the servers whose turn it is not stand still.
 */
import type { LoadGenerator } from "./load/client.ts";
import type { OperationName } from "./load/requests.ts";
import { type Sample, takeSample } from "./measure/sample.ts";
import type { Run } from "./open-run.ts";
import type { Plan } from "./plan.ts";
import { type Growth, type Measured, toRows } from "./results.ts";
import { alone } from "./servers/pause.ts";
import { nameOf, type Server } from "./servers/server.ts";

/** Nothing shorter tells anything. */
const secondsMin = 0.25;

export async function measureRounds(
  run: Run,
  generator: LoadGenerator,
  servers: readonly Server[],
): Promise<Measured[]> {
  const { plan } = run;
  const cells = plan.operations.flatMap((operation) =>
    servers.map((server) => ({ operation, samples: [] as Sample[], server })),
  );
  const warmedFromMs = performance.now();
  for (const { server, operation } of cells) {
    run.say(`warming up: ${operation} on ${nameOf(server)}`);
    const job = { operation, until: { seconds: plan.warmupSeconds } };
    await alone(servers, server, () => takeSample(generator, server, job));
  }
  const nowMs = performance.now();
  // Connecting, settling, letting the others stand still.
  const overheadSeconds = (nowMs - warmedFromMs) / 1000 / cells.length - plan.warmupSeconds;
  const { rounds, seconds } = pace(plan, cells.length, {
    left: plan.targetSeconds - (nowMs - run.startedMs) / 1000,
    overhead: overheadSeconds,
  });
  for (let round = 1; round <= rounds; round += 1) {
    for (const { server, operation, samples } of cells) {
      const job = { operation, until: { seconds } };
      const sample = await alone(servers, server, () => takeSample(generator, server, job));
      samples.push(sample);
      run.say(`round ${round} of ${rounds}: ${summary(operation, server, sample)}`);
    }
  }
  return cells;
}

/**
 * How many rounds there is time for, and how long a measurement in them: as long as the plan has it, shorter where time
 * is short, and fewer where even the shortest would not end in time.
 */
export function pace(
  plan: Pick<Plan, "repeats" | "secondsMax">,
  cells: number,
  seconds: { readonly left: number; readonly overhead: number },
): { readonly rounds: number; readonly seconds: number } {
  const { left, overhead } = seconds;
  const fittingRounds = Math.floor(left / cells / (secondsMin + overhead));
  const rounds = Math.max(1, Math.min(plan.repeats, fittingRounds));
  const fitting = left / (rounds * cells) - overhead;
  return { rounds, seconds: Math.max(secondsMin, Math.min(plan.secondsMax, fitting)) };
}

function summary(operation: OperationName, server: Server, sample: Sample): string {
  const perCpuSecond =
    sample.cpuSeconds === null ? "?" : Math.round(sample.requests / sample.cpuSeconds);
  return `${operation} on ${nameOf(server)}: ${Math.round(sample.requests / sample.seconds)}/s, ${perCpuSecond} per CPU-second, p99 ${sample.p99Ms.toFixed(1)} ms`;
}

export function growthOf(measured: readonly Measured[], plan: Plan): Growth[] {
  const { emptyStored } = plan;
  if (emptyStored === null) return [];
  const rows = toRows(measured);
  return rows
    .filter(({ peer, stored }) => peer === "istripe" && stored === plan.stored)
    .flatMap(({ database, operation, requests_per_cpu_second: full }) => {
      const empty = rows.find(
        (row) =>
          row.database === database && row.operation === operation && row.stored === emptyStored,
      )?.requests_per_cpu_second;
      if (full === null || empty === null || empty === undefined) return [];
      return [{ database, from: emptyStored, operation, times: empty / full, to: plan.stored }];
    });
}
