/**
 * stripe-mock, Stripe's own stateless mock, built from its Go module into the cache where Go is. Its answers are canned.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.ts";
import { type Core, spawnPinned, stopProcess, untilAnswers } from "./process.ts";
import type { AbsentPeer, Server } from "./server.ts";

const module = "github.com/stripe/stripe-mock@v0.203.0";

/** @param cache where it is built once. @param limitMs how long that may take. */
export async function startStripeMock(
  core: Core,
  cache: string,
  limitMs: number,
): Promise<Server | AbsentPeer> {
  const program = join(cache, "stripe-mock-v0.203.0", "stripe-mock");
  const reason = existsSync(program) ? null : await build(program, limitMs);
  if (reason !== null) return { peer: "stripe-mock", reason };
  const port = await freePort();
  // Left to itself it also opens an HTTPS port on every address.
  const child = spawnPinned(
    program,
    ["-http-addr", `127.0.0.1:${port}`, "-https-addr", "127.0.0.1:0"],
    { core, stdio: "none" },
  );
  await untilAnswers(port, "stripe-mock");
  return {
    database: "none",
    databaseProcessId: null,
    fill: null,
    inspectorUrl: null,
    peer: "stripe-mock",
    processId: child.pid ?? 0,
    stop: () => stopProcess(child),
    storedBytes: async () => null,
    target: {
      isCanned: true,
      name: "stripe-mock",
      payer: "source=tok_visa",
      port,
      secretKey: "sk_test_123",
    },
  };
}

/** @returns why it could not be built, or null. What Go has built by then is kept for the next time. */
async function build(program: string, limitMs: number): Promise<string | null> {
  // Through a shell, because Go takes the folder from the environment, whose rest (cache, proxy) it needs as it is.
  const go = spawn(
    "sh",
    ["-c", 'GOBIN="$1" exec go install "$2"', "sh", dirname(program), module],
    {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: limitMs,
    },
  );
  let errors = "";
  go.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors = (errors + chunk).slice(-500);
  });
  const [code] = await once(go, "close");
  if (code === 0 && existsSync(program)) return null;
  if (code === 127) return "Go, which builds it, is not installed";
  return go.signalCode === null
    ? `go install ${module} failed: ${errors.trim()}`
    : `go install ${module} took longer than ${Math.round(limitMs / 1000)} s; the next run goes on from there`;
}
