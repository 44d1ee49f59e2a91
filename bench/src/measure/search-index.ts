/**
 * What the search index costs and how long it takes: iStripe fills it after the answers, as fast as it can once nobody
 * asks, so its cost is in no other figure. How far behind it is stands among the server's metrics.
 */
import type { Server } from "../servers/server.ts";
import { cpuSecondsOf } from "./sample.ts";

export interface IndexCost {
  /** From the last answer of the fill to an index that holds everything. */
  readonly seconds: number;
  /** Of the server and its database meanwhile; null where it cannot be known. */
  readonly cpuSeconds: number | null;
}

const lookEveryMs = 1000;
/** An index may look whole for a moment before the last second of the fill is read. */
const settledLooks = 4;
const saidEveryLooks = 20;

/** @throws Error when the index is not whole in time. */
export async function untilIndexed(
  server: Server,
  about: { readonly limitSeconds: number; readonly say: (progress: string) => void },
): Promise<IndexCost> {
  const startedMs = performance.now();
  const startedCpu = cpuSecondsOf(server);
  let wholeMs = startedMs;
  let wholeLooks = 0;
  for (let look = 0; wholeLooks < settledLooks; look += 1) {
    const lag = await lagSeconds(server);
    if (lag > 0) wholeLooks = 0;
    else if (wholeLooks === 0) wholeMs = performance.now();
    if (lag === 0) wholeLooks += 1;
    else if (look % saidEveryLooks === 0) about.say(`the search index is ${lag} s behind`);
    if (performance.now() - startedMs > about.limitSeconds * 1000)
      throw new Error(`The search index is ${lag} s behind after ${about.limitSeconds} s.`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  const endedCpu = cpuSecondsOf(server);
  return {
    cpuSeconds: startedCpu === null || endedCpu === null ? null : endedCpu - startedCpu,
    seconds: (wholeMs - startedMs) / 1000,
  };
}

async function lagSeconds({ target }: Server): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${target.port}/metrics`, {
    signal: AbortSignal.timeout(10_000),
  });
  const found = /^istripe_search_index_lag_seconds (\S+)$/m.exec(await answer.text())?.[1];
  if (found === undefined) throw new Error("The metrics do not tell how far the index is behind.");
  return Number(found);
}
