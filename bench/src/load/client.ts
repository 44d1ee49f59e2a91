/**
 * The bench's end of the load generator: starts its process on its core, and turns orders and replies into calls.
 */
import { fileURLToPath } from "node:url";
import { type Core, spawnPinned } from "../servers/process.ts";
import type { LoadJob, LoadResult, Order, Reply } from "./messages.ts";
import type { Target } from "./requests.ts";

/** Connections that ask at once, each with one request under way. */
const connectionCount = 64;

export interface LoadGenerator {
  /** Opens the connections to a server, in place of those to the last. */
  connect(target: Target): Promise<void>;
  /** @throws Error when an answer is not a 200, is not true, or does not come. */
  run(job: LoadJob): Promise<LoadResult>;
  close(): void;
}

/** @param onProgress hears now and then how many requests of a long run were answered. */
export function startLoadGenerator(
  core: Core,
  onProgress: (answered: number) => void,
): LoadGenerator {
  const program = fileURLToPath(import.meta.resolve("./generator.ts"));
  const child = spawnPinned(process.execPath, [program], { core, stdio: "ipc" });
  const order = (message: Order): Promise<LoadResult | null> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error("The load generator ended."));
      const listen = (reply: Reply): void => {
        if (reply.kind === "progress") {
          onProgress(reply.answered);
          return;
        }
        child.off("exit", gone);
        child.off("message", listen);
        if (reply.kind === "done") resolve(reply.result);
        else reject(new Error(reply.message));
      };
      child.once("exit", gone);
      child.on("message", listen);
      child.send(message);
    });
  return {
    close: () => child.disconnect(),
    connect: async (target) => {
      await order({ connections: connectionCount, kind: "connect", target });
    },
    run: async (job) => {
      const result = await order({ job, kind: "run" });
      if (result === null) throw new Error("The load generator gave no result.");
      return result;
    },
  };
}
