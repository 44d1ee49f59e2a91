/**
 * Where results are kept: a full run's beside the bench and as the README's picture; any other's in the cache, because
 * figures of half a second each, or of a server under a profiler, are nothing to quote.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Plan } from "../plan.ts";
import type { Results } from "../results.ts";
import { repository } from "../servers/istripe.ts";
import { toPicture } from "./picture.ts";

/** @returns the files that were written, as paths in the repository. */
export async function writeResults(results: Results, plan: Plan): Promise<string[]> {
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (plan.name === "quick" || !plan.isStandard)
    return [await write(".cache/bench/latest.json", text)];
  const written = [await write("bench/results/latest.json", text)];
  const picture = toPicture(results);
  if (picture !== null) written.push(await write("docs/speed.svg", picture));
  return written;
}

async function write(path: string, text: string): Promise<string> {
  const file = join(repository, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return path;
}
