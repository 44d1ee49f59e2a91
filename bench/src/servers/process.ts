/**
 * Processes that the bench starts: pinned to one core where the machine can, bounded in the time they may take to come
 * up and to go, and gone when the bench is.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

/** The number of a core, or null where processes cannot be pinned. */
export type Core = number | null;

export interface Cores {
  readonly server: Core;
  readonly generator: Core;
}

export interface SpawnOptions {
  readonly core: Core;
  /** `line`: stdout and stderr are read; `ipc`: messages; `none`: silence. */
  readonly stdio: "line" | "ipc" | "none";
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;
const stdios = {
  ipc: ["ignore", "ignore", "inherit", "ipc"],
  line: ["ignore", "pipe", "pipe"],
  none: ["ignore", "ignore", "ignore"],
} as const;
const running = new Set<ChildProcess>();
// Whatever ends the bench, an exception included, ends what it started.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Cores 0 and 1 with Linux's `taskset`; none elsewhere. */
export function pinnableCores(): Cores {
  const canPin =
    process.platform === "linux" &&
    availableParallelism() >= 2 &&
    spawnSync("taskset", ["-c", "0,1", "true"]).status === 0;
  return canPin ? { generator: 1, server: 0 } : { generator: null, server: null };
}

export function spawnPinned(
  command: string,
  parameters: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const { core, stdio, cwd, environment } = options;
  const given = {
    stdio: [...stdios[stdio]],
    ...(cwd === undefined ? {} : { cwd }),
    ...(environment === undefined ? {} : { env: environment }),
  };
  // taskset becomes the program, so the process id is the program's own.
  const child =
    core === null
      ? spawn(command, parameters, given)
      : spawn("taskset", ["-c", String(core), command, ...parameters], given);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Moves a process that runs already, all threads and children-to-be, to a core. */
export function pin(processIds: readonly number[], core: Core): void {
  if (core === null) return;
  for (const id of processIds) spawnSync("taskset", ["-a", "-c", "-p", String(core), String(id)]);
}

/** @returns the first line of its stdout. @throws Error with its output when it ends or says nothing in time. */
export async function firstLine(child: ChildProcess, name: string): Promise<string> {
  let out = "";
  let errors = "";
  child.stdout?.setEncoding("utf8");
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    errors = (errors + chunk).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error(`${name} did not start: ${errors}${out}`));
    const timer = setTimeout(fail, startTimeoutMs);
    child.once("exit", fail);
    child.once("error", fail);
    child.stdout?.on("data", (chunk: string) => {
      out = (out + chunk).slice(-4000);
      if (!out.includes("\n")) return;
      clearTimeout(timer);
      child.off("exit", fail);
      resolve(out.split("\n")[0] ?? "");
    });
  });
}

/** @throws Error when nothing listens on the port in time. */
export async function untilAnswers(port: number, name: string): Promise<void> {
  const endMs = performance.now() + startTimeoutMs;
  while (performance.now() < endMs) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${name} did not start to listen.`);
}

/** SIGTERM, and SIGKILL when that does not help. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await gone;
  clearTimeout(timer);
}
