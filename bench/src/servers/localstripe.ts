/**
 * localstripe, a Python fake that keeps its objects in memory and writes all of them to a file at each change. It takes
 * no test tokens, so a customer with a card pays, and it slows down with each object, so few are stored.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type Core, spawnPinned, stopProcess, untilAnswers } from "./process.ts";
import type { AbsentPeer, Server } from "./server.ts";

const version = "1.15.10";
const secretKey = "sk_test_localstripe";
const storedCharges = 100;

/** @param cache where it is installed once. @param folder where it writes its file. */
export async function startLocalstripe(
  core: Core,
  cache: string,
  options: { readonly folder: string; readonly limitMs: number },
): Promise<Server | AbsentPeer> {
  const venv = join(cache, `localstripe-${version}`);
  const python = join(venv, "bin/python");
  const reason = existsSync(join(venv, "bin/localstripe")) ? null : install(venv, options.limitMs);
  if (reason !== null) return { peer: "localstripe", reason };
  const port = await freePort();
  const launcher = join(import.meta.dirname, "localstripe-on-loopback.py");
  const child = spawnPinned(python, [launcher, "--from-scratch", "--port", String(port)], {
    core,
    cwd: options.folder,
    stdio: "none",
  });
  await untilAnswers(port, "localstripe");
  return {
    database: "memory",
    databaseProcessId: null,
    fill: storedCharges,
    inspectorUrl: null,
    peer: "localstripe",
    processId: child.pid ?? 0,
    stop: () => stopProcess(child),
    storedBytes: async () => null,
    target: {
      isCanned: false,
      name: "localstripe",
      payer: `customer=${await createCustomer(port)}`,
      port,
      secretKey,
    },
  };
}

/** @returns why it could not be installed, or null. */
function install(venv: string, limitMs: number): string | null {
  const made = spawnSync("python3", ["-m", "venv", venv], { timeout: limitMs });
  if (made.status !== 0) return "Python 3 with venv, which it needs, is not installed";
  const pip = spawnSync(join(venv, "bin/pip"), ["install", "--quiet", `localstripe==${version}`], {
    encoding: "utf8",
    timeout: limitMs,
  });
  return pip.status === 0 ? null : `pip install failed: ${(pip.stderr ?? "").slice(-500)}`;
}

async function createCustomer(port: number): Promise<string> {
  const year = new Date().getUTCFullYear() + 4;
  const card = `card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=${year}&card[cvc]=314`;
  const token = await create(port, "tokens", card);
  return create(port, "customers", `source=${token}`);
}

async function create(port: number, path: string, form: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    body: new URLSearchParams(form),
    headers: { authorization: `Bearer ${secretKey}` },
    method: "POST",
    signal: AbortSignal.timeout(5000),
  });
  const made = (await answer.json()) as { readonly id?: string };
  if (made.id === undefined) throw new Error(`localstripe did not make ${path}.`);
  return made.id;
}
