/**
 * Starts the sink and the bare client, and talks to them.
 */
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Core, firstLine, spawnPinned, stopProcess } from "../servers/process.ts";
import type { SinkOrder, SinkReport, SinkState } from "./sink-messages.ts";

export interface Sink {
  readonly url: string;
  forget(): void;
  state(withTimes?: boolean): Promise<SinkState>;
  /** Resolves with the state once that many came. @throws Error when they do not come in time. */
  until(count: number, limitMs: number): Promise<SinkState>;
  /** @returns charges answered a second. @throws Error when one was not answered with 200. */
  charge(order: Omit<Extract<SinkOrder, { kind: "charge" }>, "kind">): Promise<number>;
  stop(): Promise<void>;
}

const answerMs = 60_000;
const lookEveryMs = 20;

export async function startSink(core: Core): Promise<Sink> {
  const child = spawnPinned(process.execPath, [fileURLToPath(import.meta.resolve("./sink.ts"))], {
    core,
    stdio: "ipc",
  });
  const { port } = await report(child, "ready", answerMs);
  const state = (withTimes = false): Promise<SinkState> => {
    const told = report(child, "state", answerMs);
    child.send({ kind: "tell", withTimes } satisfies SinkOrder);
    return told;
  };
  return {
    charge: async (order) => {
      const charged = report(child, "charged", order.seconds * 1000 + answerMs);
      child.send({ kind: "charge", ...order } satisfies SinkOrder);
      const { answered, problem, seconds } = await charged;
      if (problem !== null) throw new Error(`A charge was not answered as it should: ${problem}`);
      return answered / seconds;
    },
    forget: () => void child.send({ kind: "forget" } satisfies SinkOrder),
    state,
    stop: () => stopProcess(child),
    until: async (count, limitMs) => {
      const endMs = performance.now() + limitMs;
      for (;;) {
        const now = await state();
        if (now.count >= count) return now;
        if (performance.now() > endMs)
          throw new Error(`Only ${now.count} of ${count} deliveries came in ${limitMs} ms.`);
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      }
    },
    url: `http://127.0.0.1:${port}`,
  };
}

function report<K extends SinkReport["kind"]>(
  child: ChildProcess,
  kind: K,
  limitMs: number,
): Promise<Extract<SinkReport, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The sink did not say ${kind}.`)), limitMs);
    const listen = (said: SinkReport): void => {
      if (said.kind !== kind) return;
      clearTimeout(timer);
      child.off("message", listen);
      resolve(said as Extract<SinkReport, { kind: K }>);
    };
    child.on("message", listen);
  });
}

/** What a bare client did. */
export interface BareResult {
  readonly requests: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Posts bodies of the same size to the sink with undici and nothing else. */
export async function runBare(
  core: Core,
  about: {
    readonly url: string;
    readonly bodySize: number;
    readonly connections: number;
    readonly seconds: number;
  },
): Promise<BareResult> {
  const program = fileURLToPath(import.meta.resolve("./bare-client.ts"));
  const child = spawnPinned(process.execPath, [program, JSON.stringify(about)], {
    core,
    stdio: "line",
  });
  const result = JSON.parse(await firstLine(child, "The bare client")) as BareResult;
  await stopProcess(child);
  return result;
}
