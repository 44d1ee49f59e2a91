/**
 * Lets one server run alone: the others, and the databases that are not its own, stand still meanwhile, so that what
 * they have put off until later does not take the processor from the one under measurement. Where processes cannot be
 * stopped all run on, as they would without this file.
 */
import { processTree } from "../measure/process-tree.ts";
import type { Server } from "./server.ts";

const canPause = process.platform !== "win32";
const paused = new Set<number>();
let isOver = false;

/** Runs `body` while of all these servers only one runs. */
export async function alone<T>(
  servers: readonly Server[],
  measured: Server,
  body: () => Promise<T>,
): Promise<T> {
  try {
    await pauseAllBut(servers, measured);
    return await body();
  } finally {
    resume();
  }
}

/** Wakes everything and keeps it awake: who stands still cannot be told to stop. */
export function resumeForGood(): void {
  isOver = true;
  resume();
}

async function pauseAllBut(servers: readonly Server[], measured: Server): Promise<void> {
  if (!canPause) return;
  const running = new Set(processTree(rootsOf(measured)));
  const pauseTree = (root: number): void => {
    if (isOver) return;
    for (const id of processTree([root])) if (!running.has(id) && !paused.has(id)) pause(id);
  };
  // The servers before their databases: none is to wait for an answer that does not come.
  for (const server of servers) {
    if (server !== measured) await pauseAtRest(server, () => pauseTree(server.processId));
  }
  for (const root of servers.flatMap(databaseOf)) pauseTree(root);
}

const restAttempts = 100;
const restPauseMs = 10;

/** A server that never comes to rest is paused all the same. */
async function pauseAtRest(server: Server, pauseServer: () => void): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    pauseServer();
    if (server.isAtRest === undefined || attempt === restAttempts) return;
    if (await server.isAtRest()) return;
    wake(processTree([server.processId]));
    await new Promise((resolve) => setTimeout(resolve, restPauseMs));
  }
}

function pause(id: number): void {
  if (signal(id, "SIGSTOP")) paused.add(id);
}

function wake(ids: readonly number[]): void {
  for (const id of ids) {
    signal(id, "SIGCONT");
    paused.delete(id);
  }
}

/** In the opposite order. */
const resume = (): void => wake([...paused].reverse());

const databaseOf = ({ databaseProcessId: id }: Server): number[] => (id === null ? [] : [id]);
const rootsOf = (server: Server): number[] => [server.processId, ...databaseOf(server)];

/** @returns whether there was such a process. */
function signal(id: number, name: "SIGSTOP" | "SIGCONT"): boolean {
  try {
    return process.kill(id, name);
  } catch {
    return false;
  }
}
