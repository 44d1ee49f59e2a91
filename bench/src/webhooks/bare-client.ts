/**
 * What sending costs when there is nothing to it: one body, posted again and again through an undici pool. No sender in
 * this runtime can pass it.
 */
import { Pool } from "undici";
import type { BareResult } from "./sink-process.ts";

interface About {
  readonly url: string;
  readonly bodySize: number;
  readonly connections: number;
  readonly seconds: number;
}

const about: About = JSON.parse(process.argv[2] ?? "{}");
const pool = new Pool(about.url, { connections: about.connections, pipelining: 1 });
const body = Buffer.alloc(about.bodySize, "x");
const headers = { "content-type": "application/json; charset=utf-8" };
let requests = 0;

const post = (): Promise<void> =>
  new Promise((resolve, reject) => {
    pool.dispatch(
      { body, headers, method: "POST", path: "/" },
      {
        onRequestStart: () => undefined,
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(),
        onResponseError: (_controller, error) => reject(error),
        onResponseStart: () => undefined,
      },
    );
  });

async function client(endMs: number): Promise<void> {
  while (performance.now() < endMs) {
    await post();
    requests += 1;
  }
}

const all = (endMs: number): Promise<unknown> =>
  Promise.all(Array.from({ length: about.connections }, () => client(endMs)));

const warmupMs = 1000;
await all(performance.now() + warmupMs);
requests = 0;
const startedMs = performance.now();
const started = process.cpuUsage();
await all(startedMs + about.seconds * 1000);
const { system, user } = process.cpuUsage(started);
const result: BareResult = {
  cpuSeconds: (system + user) / 1e6,
  requests,
  seconds: (performance.now() - startedMs) / 1000,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await pool.close();
