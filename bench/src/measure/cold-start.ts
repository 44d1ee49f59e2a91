/**
 * How long a user waits from the command to the first answer, on an empty folder.
 */
import { median } from "../results.ts";
import type { Server } from "../servers/server.ts";

/** @param start a new server on new data each time. @returns the median in milliseconds. */
export async function coldStartMs(start: () => Promise<Server>, times: number): Promise<number> {
  const found: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const startedMs = performance.now();
    const server = await start();
    const answer = await fetch(`http://127.0.0.1:${server.target.port}/v1/charges`, {
      headers: { authorization: `Bearer ${server.target.secretKey}` },
      signal: AbortSignal.timeout(10_000),
    });
    await answer.arrayBuffer();
    found.push(performance.now() - startedMs);
    await server.stop();
    if (answer.status !== 200) throw new Error(`The first answer is a ${answer.status}.`);
  }
  return median(found);
}
