/**
 * One run of load: every connection asks again as soon as it is answered, until the time or the count is up. Any answer
 * that is not a 200 ends the run with its body; the first answer, one in a thousand and the last are read whole and
 * compared with what was asked.
 */
import { type Connection, openConnection } from "./connection.ts";
import { createLatencies } from "./latency.ts";
import type { LoadJob, LoadResult } from "./messages.ts";
import { makeMixture } from "./mixture.ts";
import {
  makeOperation,
  type Operation,
  type Request,
  type StoredCharges,
  type Target,
} from "./requests.ts";

const checkedEvery = 1024;
const progressEvery = 50_000;
/** How long a run may last beyond what was asked before the server counts as stuck. */
const graceMs = 20_000;
/** A fill has no length in time; a million charges take the slowest database half of this. */
const fillLimitMs = 2_400_000;

interface Answered {
  readonly status: number;
  readonly body: Buffer | null;
}

/** @throws Error when an answer is not a 200, is not true, or does not come. */
export async function runLoad(
  connections: readonly Connection[],
  job: LoadJob,
  about: {
    readonly target: Target;
    readonly stored: StoredCharges;
    /** Hears now and then how many were answered. */
    readonly onProgress?: (answered: number) => void;
  },
): Promise<LoadResult> {
  const operation = operationOf(job, about);
  const latencies = createLatencies();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const limits = limitsOf(job, startedMs);
  let sent = 0;
  let answered = 0;

  const askInTurn = async (connection: Connection): Promise<void> => {
    while (sent < limits.requests && performance.now() < limits.endMs) {
      const request = operation.next();
      const isChecked = sent % checkedEvery === 0;
      sent += 1;
      const sentMs = performance.now();
      const answer = await connection.ask(request.text, isChecked || job.isRemembered === true);
      latencies.add(performance.now() - sentMs);
      answered += 1;
      if (answered % progressEvery === 0) about.onProgress?.(answered);
      if (answer.status !== 200 || answer.body !== null) {
        const read = readAnswer(answer, { operation, request });
        if (job.isRemembered) remember(about.stored, read, request);
      }
    }
  };

  await withinTime(limits.giveUpMs, Promise.all(connections.map(askInTurn)));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const [connection] = connections;
  if (connection !== undefined && !job.isRemembered) await askOnce(connection, operation);
  return {
    generatorCpuSeconds: (cpu.user + cpu.system) / 1e6,
    p50Ms: latencies.percentile(0.5),
    p99Ms: latencies.percentile(0.99),
    requests: answered,
    seconds,
    stored: about.stored.ids.length,
  };
}

function operationOf(
  { operation }: LoadJob,
  { target, stored }: { readonly target: Target; readonly stored: StoredCharges },
): Operation {
  if (operation === "mixture") return makeMixture(target, stored);
  return makeOperation(operation, target, stored);
}

/** Opens the connections of a run, side by side. */
export const openConnections = (target: Target, count: number): Promise<Connection[]> =>
  Promise.all(Array.from({ length: count }, () => openConnection(target.port)));

function limitsOf(job: LoadJob, startedMs: number) {
  if ("requests" in job.until) {
    return {
      endMs: Number.POSITIVE_INFINITY,
      giveUpMs: fillLimitMs,
      requests: job.until.requests,
    };
  }
  const lengthMs = job.until.seconds * 1000;
  return {
    endMs: startedMs + lengthMs,
    giveUpMs: lengthMs + graceMs,
    requests: Number.POSITIVE_INFINITY,
  };
}

async function askOnce(connection: Connection, operation: Operation): Promise<void> {
  const request = operation.next();
  readAnswer(await withinTime(graceMs, connection.ask(request.text, true)), { operation, request });
}

function readAnswer(
  answer: Answered,
  asked: { readonly operation: Operation; readonly request: Request },
): unknown {
  const text = answer.body?.toString("utf8") ?? "";
  if (answer.status !== 200) {
    throw new Error(`The server answered ${answer.status}: ${text.slice(0, 2000)}`);
  }
  const read: unknown = JSON.parse(text);
  asked.operation.check(read, asked.request);
  return read;
}

function remember(stored: StoredCharges, answer: unknown, request: Request): void {
  const { id } = answer as { id: string };
  const { amount, kind = "charge" } = request;
  if (kind === "customer") stored.customers.push(id);
  if (kind !== "charge") return;
  stored.ids.push(id);
  stored.amounts.push(amount);
}

async function withinTime<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The server stopped answering.")), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
