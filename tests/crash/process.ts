/**
 * iStripe and the simulator as real processes, for tests that kill them, starve them or ask what their exit says. No
 * child outlives its test file, and whatever fails shows the last lines that the child wrote.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const programs = {
  server: join(root, "server/src/start.js"),
  simulator: join(root, "simulator/src/main.ts"),
};

/** A start that takes longer has failed. */
const startTimeoutMs = 60_000;
/** What is kept of each stream of a child. */
const outputCharactersMax = 20_000;

export interface ChildStart {
  readonly args?: readonly string[];
  /** Added to an environment that is empty but for the path. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** What the server prints as one line when it is ready. */
interface Announcement {
  readonly url: string;
  readonly account: string;
  readonly secret_key: string;
  readonly publishable_key: string;
  readonly clock: number;
}

export interface Child {
  readonly pid: number;
  /** The last lines that it wrote to either stream, for a failing test's message. */
  tail(): string;
  stdout(): string;
  stderr(): string;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. @throws Error when it takes longer than the bound. */
  stop(boundMs?: number): Promise<number | null>;
  /** @throws Error when the process has not ended within the bound. */
  exit(boundMs: number): Promise<Exit>;
}

export interface ServerChild extends Child, Announcement {
  /** From the start of the process to its line on stdout. */
  readonly readyMs: number;
}

export interface SimulatorChild extends Child {
  readonly url: string;
  readonly journalFile: string;
}

const alive = new Set<ChildProcess>();
const directories = new Set<string>();

process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { force: true, recursive: true });
});

/** Kills what a test left running and removes its folders: for `afterAll`. */
export async function releaseAll(): Promise<void> {
  await Promise.all(
    [...alive].map(async (child) => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }),
  );
  for (const directory of directories) rmSync(directory, { force: true, recursive: true });
  directories.clear();
}

/** An empty folder of its own, removed after the tests. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "istripe-crash-"));
  directories.add(directory);
  return directory;
}

/** Starts the program and does not wait for anything. */
export function launch(program: keyof typeof programs, start: ChildStart = {}): Child {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [programs[program], ...(start.args ?? [])], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", ...start.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  const output = { stderr: "", stdout: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] = (output[stream] + text).slice(-outputCharactersMax);
    });
  }
  // `close` comes after the last byte of both streams.
  const closed = once(child, "close").then(() => performance.now() - startedAt);
  const tail = (): string =>
    `${output.stdout}\n${output.stderr}`.trim().split("\n").slice(-12).join("\n");
  const within = async <T>(promise: Promise<T>, boundMs: number, what: string): Promise<T> => {
    const late = new Error(`The ${program} ${what} within ${boundMs} ms. It wrote:\n${tail()}`);
    return Promise.race([promise, pause(boundMs).then(() => Promise.reject(late))]);
  };
  const exit = async (boundMs: number): Promise<Exit> => {
    const tookMs = await within(closed, boundMs, "did not end");
    return { code: child.exitCode, tookMs, ...output };
  };
  return {
    exit,
    kill: async () => {
      child.kill("SIGKILL");
      await within(closed, 20_000, "survived kill -9");
    },
    pid: child.pid ?? 0,
    stderr: () => output.stderr,
    stdout: () => output.stdout,
    stop: async (boundMs = 30_000) => {
      child.kill("SIGTERM");
      return (await exit(boundMs)).code;
    },
    tail,
  };
}

/** @throws Error with what it wrote, when it ends or says nothing in time. */
export async function startServer(start: ChildStart): Promise<ServerChild> {
  const startedAt = performance.now();
  const args = ["--json", "--port", "0", ...(start.args ?? [])];
  const child = launch("server", { ...start, args });
  const line = await firstLine(child);
  const readyMs = performance.now() - startedAt;
  return { ...child, ...(JSON.parse(line) as Announcement), readyMs };
}

/** @param about `port` 0 or absent picks a free one; `args` are more flags, such as an outage. */
export async function startSimulator(about: {
  readonly journalFile: string;
  readonly port?: number;
  readonly args?: readonly string[];
}): Promise<SimulatorChild> {
  const { args = [], journalFile, port = 0 } = about;
  const child = launch("simulator", {
    args: ["--port", String(port), "--journal", journalFile, ...args],
  });
  const { url }: { readonly url: string } = JSON.parse(await firstLine(child));
  return { ...child, journalFile, url };
}

/** Runs the server to its end: for starts that must fail. */
export function serverExit(start: ChildStart, boundMs = startTimeoutMs): Promise<Exit> {
  return launch("server", start).exit(boundMs);
}

async function firstLine(child: Child): Promise<string> {
  const ended = child.exit(startTimeoutMs).then(({ code }) => {
    throw new Error(`It ended with ${code} before it was ready. It wrote:\n${child.tail()}`);
  });
  let isOver = false;
  const spoken = (async () => {
    while (!isOver && !child.stdout().includes("\n")) await pause(5);
    return child.stdout().split("\n", 1)[0] ?? "";
  })();
  try {
    return await Promise.race([spoken, ended]);
  } finally {
    isOver = true;
    // The other promise of the race still ends some day, and nobody listens then.
    ended.catch(() => undefined);
  }
}

/** Resolves after some time without keeping the process alive. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolveLater) => {
    setTimeout(resolveLater, milliseconds).unref();
  });
}
