/**
 * The simulator as its own process: `node simulator/src/main.ts --port 0 --journal FILE`. It prints one line,
 * `{"url":…}`, when it listens. Its journal outlives it, so a killed simulator knows what it answered.
 */
import { parseArgs } from "node:util";
import { type FaultAction, readAction } from "./faults.ts";
import { openJournal } from "./journal.ts";
import { startSimulator } from "./server.ts";
import { createSimulator } from "./simulator.ts";
import { BadRequest } from "./wire.ts";

const usage =
  "Usage: node simulator/src/main.ts --journal FILE [--port N] [--delay-ms N] [--outage error|drop_before|drop_after]";

/** Replies that a process of its own remembers: more than any test sends. */
const repliesMax = 1_000_000;

interface Settings {
  readonly journal: string;
  readonly port: number;
  readonly delayMs: number;
  /** What goes wrong with every request that moves money, from the start until `DELETE /faults`. */
  readonly outage: FaultAction | undefined;
}

function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      journal: { type: "string" },
      port: { type: "string", default: "0" },
      "delay-ms": { type: "string", default: "0" },
      outage: { type: "string" },
    },
  });
  if (values.journal === undefined) throw new BadRequest("--journal must name a file.");
  return {
    journal: values.journal,
    port: readNumber("--port", values.port, 65_535),
    delayMs: readNumber("--delay-ms", values["delay-ms"], 60_000),
    outage: values.outage === undefined ? undefined : readAction(values.outage),
  };
}

function readNumber(name: string, text: string, max: number): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) > max) {
    throw new BadRequest(`${name} must be a whole number from 0 to ${max}.`);
  }
  return Number(text);
}

async function run(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  const journal = openJournal(settings.journal);
  const simulator = createSimulator({ journal, repliesMax, now: Date.now });
  const { outage } = settings;
  if (outage !== undefined) {
    simulator.inject({ action: outage, match: {}, count: Number.MAX_SAFE_INTEGER, delayMs: 1000 });
  }
  const { port, delayMs } = settings;
  const running = await startSimulator({ simulator, port, delayMs });
  process.once("SIGTERM", () => {
    running.close().then(
      () => journal.close(),
      () => process.exit(1),
    );
  });
  process.stdout.write(`${JSON.stringify({ url: running.url })}\n`);
}

run().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : "The simulator could not start.";
  process.stderr.write(`${message}\n${usage}\n`);
  process.exitCode = 1;
});
