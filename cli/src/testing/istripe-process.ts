/**
 * `istripe` as people run it: a process of its own, with an environment that is empty but for what the test gives. No
 * process outlives its test file, and each command has a bound.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const program = resolve(import.meta.dirname, "../main.js");
/** No command of a test takes longer. */
const commandMsMax = 20_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type TestEnvironment = Readonly<Record<string, string>>;

const alive = new Set<ChildProcess>();
const directories = new Set<string>();

/** For `afterAll`: ends what is left and removes the folders. */
export async function releaseAll(): Promise<void> {
  await Promise.all(
    [...alive].map(async (child) => {
      const gone = once(child, "close");
      child.kill("SIGKILL");
      await gone;
    }),
  );
  for (const directory of directories) rmSync(directory, { force: true, recursive: true });
  directories.clear();
}

/** An empty folder of its own, removed after the tests. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "istripe-cli-"));
  directories.add(directory);
  return directory;
}

/** @param lifeMs after which the process is ended; 0 for one that the test ends itself. */
function launch(
  args: readonly string[],
  environment: TestEnvironment,
  { lifeMs, stdin = "" }: { readonly lifeMs: number; readonly stdin?: string },
) {
  const child = spawn(process.execPath, [program, ...args], {
    // A folder without `.istripe`, so that no key of a developer's own server is ever found.
    cwd: tmpdir(),
    env: { ...environment },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: lifeMs,
  });
  // A program that ends without reading it is no failure of the test's.
  child.stdin.on("error", () => undefined).end(stdin);
  alive.add(child);
  const output = { stderr: "", stdout: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
    });
  }
  const closed = once(child, "close").then((): Ran => {
    alive.delete(child);
    return { code: child.exitCode, ...output };
  });
  return { child, closed, output };
}

/** Runs `istripe` to its end. */
export const istripe = (
  args: readonly string[],
  environment: TestEnvironment = {},
  run: { readonly lifeMs?: number; readonly stdin?: string } = {},
): Promise<Ran> => launch(args, environment, { lifeMs: commandMsMax, ...run }).closed;

export interface Running {
  /** What it has said so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Waits until a stream matches. @throws Error with both streams when it ends, or 15 seconds pass, before. */
  until(stream: "stdout" | "stderr", pattern: RegExp): Promise<void>;
  /** SIGINT, or another signal, then how it ended. */
  end(signal?: NodeJS.Signals): Promise<Ran>;
}

const untilMsMax = 15_000;

/** Runs an `istripe` that goes on until it is ended. */
export function startIstripe(args: readonly string[], environment: TestEnvironment): Running {
  const { child, closed, output } = launch(args, environment, { lifeMs: 0 });
  return {
    end: (signal = "SIGINT") => {
      child.kill(signal);
      return closed;
    },
    output,
    until: async (stream, pattern) => {
      const begin = performance.now();
      while (!pattern.test(output[stream])) {
        if (!alive.has(child) || performance.now() - begin > untilMsMax) {
          throw new Error(`no ${pattern} in ${stream}: ${JSON.stringify(output)}`);
        }
        await pause(20);
      }
    },
  };
}

export interface Served {
  readonly url: string;
  readonly secretKey: string;
  readonly dataDir: string;
  /** What makes another command find this server and its key. */
  readonly environment: TestEnvironment;
  /** SIGTERM, then how it ended. */
  stop(): Promise<Ran>;
}

/** `istripe serve` on a free port and an empty folder, or on those given. @throws Error when it does not come up. */
export async function serve(
  flags: readonly string[] = [],
  dataDir: string = temporaryDirectory(),
): Promise<Served> {
  const { child, closed, output } = launch(
    ["serve", "--json", "--port", "0", "--log-level", "silent", "--data-dir", dataDir, ...flags],
    {},
    { lifeMs: 0 },
  );
  const spoken = once(child.stdout, "data");
  const line = await Promise.race([spoken.then(() => output.stdout), closed.then(() => "")]);
  if (line === "") throw new Error(`istripe serve did not start: ${output.stderr}`);
  const announced: { readonly url: string; readonly secret_key: string } = JSON.parse(line);
  return {
    dataDir,
    environment: { ISTRIPE_API_BASE: announced.url, ISTRIPE_DATA_DIR: dataDir },
    secretKey: announced.secret_key,
    stop: () => {
      child.kill("SIGTERM");
      return closed;
    },
    url: announced.url,
  };
}
