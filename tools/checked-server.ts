/**
 * Real servers for the tests that are not written in TypeScript, each a process of its own with nothing stored on disk.
 * Where the wire contract is at hand, every request can be led through its checker; its report is judged together with
 * those of the other tests.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

interface Contract {
  report(options: object): object;
}

interface Checker {
  readonly Contract: new (specFile: string) => Contract;
  startProxy(options: {
    readonly contract: Contract;
    readonly target: string;
    readonly host: string;
    readonly port: number;
  }): Promise<Server>;
}

export interface StartedServer {
  readonly url: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

const contractFolder = resolve(process.env["ISTRIPE_CONTRACT"] ?? "../shared/contract");

/** Starts a server on a free port. @throws Error when it ends instead of saying where it listens. */
export async function startServer(flags: readonly string[] = []): Promise<StartedServer> {
  const fixed = ["--json", "--memory", "--port", "0", "--log-level", "warn"];
  const child = spawn(process.execPath, ["server/src/start.js", ...fixed, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Whatever becomes of the tests, no server outlives them.
  process.once("exit", () => child.kill());
  const gone = once(child, "exit");
  const started = once(createInterface(child.stdout), "line") as Promise<[string]>;
  const line = await Promise.race([started.then(([first]) => first), gone.then(() => null)]);
  if (line === null) throw new Error("The server ended before it listened.");
  const { url, secret_key: secretKey } = JSON.parse(line) as { url: string; secret_key: string };
  return {
    secretKey,
    stop: async () => {
      child.kill("SIGTERM");
      await gone;
    },
    url,
  };
}

/**
 * Puts the contract checker, where there is one, in front of a server. Stopping it stops the server too.
 * @param name of the report in `.cache/contract/`.
 */
export async function checked(name: string, target: StartedServer): Promise<StartedServer> {
  const script = `${contractFolder}/check.mjs`;
  if (!existsSync(script)) return target;
  const { Contract, startProxy } = (await import(script)) as Checker;
  const contract = new Contract(`${contractFolder}/spec3.json.gz`);
  const proxy = await startProxy({ contract, host: "127.0.0.1", port: 0, target: target.url });
  return {
    secretKey: target.secretKey,
    stop: async () => {
      const closed = once(proxy, "close");
      proxy.close();
      proxy.closeAllConnections();
      await closed;
      await target.stop();
      mkdirSync(".cache/contract", { recursive: true });
      writeFileSync(
        `.cache/contract/${name}.json`,
        `${JSON.stringify(contract.report({}), null, 1)}\n`,
      );
    },
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  };
}
