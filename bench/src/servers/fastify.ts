/**
 * The bare Fastify as a server under measurement.
 */
import { fileURLToPath } from "node:url";
import { type Core, firstLine, spawnPinned, stopProcess } from "./process.ts";
import type { Server } from "./server.ts";

export async function startFastify(core: Core): Promise<Server> {
  const program = fileURLToPath(import.meta.resolve("./fastify-limit.ts"));
  const child = spawnPinned(process.execPath, [program], { core, environment: {}, stdio: "line" });
  const port = Number(await firstLine(child, "Fastify"));
  return {
    database: "none",
    databaseProcessId: null,
    fill: null,
    inspectorUrl: null,
    peer: "fastify",
    processId: child.pid ?? 0,
    stop: () => stopProcess(child),
    storedBytes: async () => null,
    target: { isCanned: true, name: "fastify", payer: "source=tok_visa", port, secretKey: "none" },
  };
}
