/**
 * A run as its parts share it: its plan, its cores, its folder, and what is to be closed when it ends.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "./plan.ts";
import { repository } from "./servers/istripe.ts";
import { resumeForGood } from "./servers/pause.ts";
import { type Cores, pinnableCores } from "./servers/process.ts";

/** What a run is given, and collects to be closed. */
export interface Run {
  readonly plan: Plan;
  readonly cores: Cores;
  /** Removed at the end. */
  readonly folder: string;
  readonly startedMs: number;
  readonly say: (progress: string) => void;
  readonly closers: (() => Promise<void> | void)[];
}

/** What outlasts a run: peers that were built, figures that are not kept. */
export const cacheFolder = join(repository, ".cache/bench");

export function createRun(plan: Plan, say: (progress: string) => void): Run {
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, "run-"));
  return {
    closers: [() => rmSync(folder, { force: true, recursive: true })],
    cores: pinnableCores(),
    folder,
    plan,
    say,
    startedMs: performance.now(),
  };
}

/** Stops what was started, last first, and removes the run's folder. */
export async function closeRun(run: Run): Promise<void> {
  resumeForGood();
  for (let close = run.closers.pop(); close !== undefined; close = run.closers.pop()) {
    await Promise.resolve(close()).catch((error: unknown) => run.say(`closing: ${error}`));
  }
}
