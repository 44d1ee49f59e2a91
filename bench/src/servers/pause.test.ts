/** While one server is measured no other takes the processor, and afterwards all go on. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { costOf } from "../measure/process-tree.ts";
import { alone } from "./pause.ts";
import type { Server } from "./server.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A server that is busy without being asked. */
async function busyServer(name: string): Promise<Server> {
  const child = spawn(process.execPath, ["-e", "console.log(1); for (;;);"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, "data");
  return {
    database: "none",
    databaseProcessId: null,
    fill: null,
    inspectorUrl: null,
    peer: "fastify",
    processId: child.pid ?? 0,
    stop: async () => {},
    storedBytes: async () => null,
    target: { isCanned: true, name, payer: "", port: 0, secretKey: "" },
  };
}

const cpuSeconds = ({ processId }: Server): number => costOf(processId)?.cpuSeconds ?? 0;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it.runIf(process.platform === "linux")(
  "the others stand still while one is measured, and run again whatever happens",
  async () => {
    const [measured, other] = [await busyServer("measured"), await busyServer("other")];
    const measuring = alone([measured, other], measured, async () => {
      await pause(50);
      const before = { measured: cpuSeconds(measured), other: cpuSeconds(other) };
      await pause(600);
      expect(cpuSeconds(other)).toBe(before.other);
      expect(cpuSeconds(measured)).toBeGreaterThan(before.measured);
      throw new Error("the sample failed");
    });
    await expect(measuring).rejects.toThrow("the sample failed");
    const stopped = cpuSeconds(other);
    await pause(600);
    expect(cpuSeconds(other)).toBeGreaterThan(stopped);
  },
);

it.runIf(process.platform === "linux")(
  "a server in the middle of something is let finish it before it stands still",
  async () => {
    const [measured, other] = [await busyServer("measured"), await busyServer("other")];
    let looks = 0;
    const isAtRest = async (): Promise<boolean> => {
      looks += 1;
      return looks === 3;
    };
    const before = cpuSeconds(other);
    await alone([measured, { ...other, isAtRest }], measured, async () => {
      const stopped = cpuSeconds(other);
      expect(looks).toBe(3);
      expect(stopped).toBeGreaterThanOrEqual(before);
      await pause(300);
      expect(cpuSeconds(other)).toBe(stopped);
    });
  },
);
