/**
 * `npm run bench`: iStripe, its peers and the bare limits side by side in one run. Results go to stdout, progress to
 * stderr; everything that was started is stopped, on Ctrl-C too.
 */

import { closeRun, createRun } from "./open-run.ts";
import { type Plan, readPlan } from "./plan.ts";
import { toTable } from "./report/table.ts";
import { writeResults } from "./report/write.ts";
import type { Results } from "./results.ts";
import { measure } from "./run.ts";

const exitFailed = 1;
const exitInterrupted = 130;

async function main(plan: Plan): Promise<number> {
  const startedMs = performance.now();
  const run = createRun(plan, (progress) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stderr.write(`${seconds.padStart(6)} s  ${progress}\n`);
  });
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<string>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => interrupt("interrupted"));
  }
  const timer = setTimeout(
    () => interrupt(`given up after ${plan.limitSeconds} s`),
    plan.limitSeconds * 1000,
  );
  try {
    const ended = await Promise.race([measure(run), interrupted]);
    if (typeof ended !== "string") {
      await print(ended, plan);
      return 0;
    }
    process.stderr.write(`bench: ${ended}\n`);
    return exitInterrupted;
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).stack}\n`);
    return exitFailed;
  } finally {
    clearTimeout(timer);
    await closeRun(run);
  }
}

async function print(results: Results, plan: Plan): Promise<void> {
  const table = toTable(results);
  if (plan.isJson) {
    process.stderr.write(table);
    for (const row of results.rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  } else {
    process.stdout.write(table);
  }
  for (const file of await writeResults(results, plan)) process.stderr.write(`wrote ${file}\n`);
}

process.exit(await main(readPlan(process.argv.slice(2))));
