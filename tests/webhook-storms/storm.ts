/**
 * A storm: accounts with healthy and bad endpoints, clients that make customers in all of them and remember which were
 * acknowledged, and the processes that may be killed meanwhile. Whoever is killed comes back; the clients go on.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Caller, postUntilAnswered } from "../crash/api-client.ts";
import { pause } from "../crash/process.ts";
import type { Random } from "../crash/random.ts";
import { addAccount, addKey } from "../support/accounts.ts";
import { type Form, send, type Wire } from "../support/http.ts";
import {
  createStore,
  type Engine,
  startProcess,
  startServerProcess,
  stopProcess,
  type TestStore,
} from "../support/server.ts";
import { badKinds, type ReceiverState } from "./receiver-state.ts";

interface StormEndpoint {
  readonly id: string;
  /** Of its URL; by it the receivers know the secret. */
  readonly path: string;
}

interface StormAccount {
  readonly caller: Caller;
  /** Those that answer as they should. */
  healthy: readonly StormEndpoint[];
}

export interface Storm {
  readonly store: TestStore;
  readonly accounts: readonly StormAccount[];
  /** The customers that were acknowledged, each with its account. */
  readonly acknowledged: { readonly id: string; readonly account: StormAccount }[];
  /** The largest resident memory of a sender that was seen, in bytes. */
  readonly largestBytes: number;
  received(path?: "/came" | "/count"): Promise<ReceiverState>;
  /** Gives each account this many healthy endpoints. */
  addEndpoints(countOfEach: number): Promise<void>;
  /** Has this many endpoints of each account do from now on what no sender likes. */
  spoilEndpoints(countOfEach: number): Promise<void>;
  /** Makes that many customers, `perSecond` at most. */
  makeCustomers(count: number, perSecond: number): Promise<void>;
  killServer(): Promise<void>;
  killWorker(): Promise<void>;
  end(): Promise<void>;
}

export interface StormStart {
  readonly engine: Engine;
  readonly accountCount: number;
  readonly workerCount: number;
}

/** Clients that make customers at the same time. */
const clientCount = 8;
const endpointsAtOnce = 8;
const lookAtMemoryMs = 250;
const program = "tests/webhook-storms/worker-program.ts";

export async function startStorm(start: StormStart): Promise<Storm> {
  const store = await createStore(start.engine);
  const flags = [...store.flags, "--log-level", "error", "--rate-limit", "off"];
  // The first start makes the schema. A server on SQLite sees what others write only after its own next commit, so the
  // accounts come before the second one.
  await (await startServerProcess(flags)).stop();
  const accounts = await makeAccounts(store, start.accountCount, () => senders.url());
  const receivers = await startReceivers();
  const senders = await startSenders(flags, start.workerCount);
  const acknowledged: Storm["acknowledged"] = [];
  let customerCount = 0;
  const makeCustomer = async (): Promise<void> => {
    customerCount += 1;
    const account = accounts[customerCount % accounts.length] as StormAccount;
    const { body } = await postUntilAnswered(account.caller, {
      form: { name: `Customer ${customerCount}` },
      idempotencyKey: `storm-${customerCount}`,
      path: "/v1/customers",
    });
    acknowledged.push({ account, id: body.id });
  };
  return {
    accounts,
    acknowledged,
    addEndpoints: (countOfEach) => addEndpoints(accounts, receivers, countOfEach),
    end: async () => {
      await senders.stop();
      await receivers.stop();
      store.remove();
    },
    killServer: senders.killServer,
    killWorker: senders.killWorker,
    get largestBytes() {
      return senders.largestBytes();
    },
    makeCustomers: async (count, perSecond) => {
      const startedMs = performance.now();
      const numbers = Array.from({ length: count }, (_, at) => at);
      await inParallel(numbers, clientCount, async (number) => {
        await pause(Math.max(0, (number / perSecond) * 1000 - (performance.now() - startedMs)));
        await makeCustomer();
      });
    },
    received: (path = "/count") => receivers.ask(path, null),
    spoilEndpoints: (countOfEach) => spoilEndpoints(accounts, receivers, countOfEach),
    store,
  };
}

interface Senders {
  url(): string;
  largestBytes(): number;
  killServer(): Promise<void>;
  killWorker(): Promise<void>;
  stop(): Promise<void>;
}

async function startSenders(flags: readonly string[], workerCount: number): Promise<Senders> {
  let server = await startServerProcess(flags);
  const workers: ChildProcess[] = [];
  const startWorker = async (): Promise<void> => {
    workers.push((await startProcess(program, flags)).child);
  };
  for (let count = 0; count < workerCount; count++) await startWorker();
  let largestBytes = 0;
  const watch = setInterval(() => {
    for (const { pid } of [server.child, ...workers]) {
      largestBytes = Math.max(largestBytes, residentBytes(pid ?? 0));
    }
  }, lookAtMemoryMs);
  return {
    killServer: async () => {
      await killed(server.child);
      server = await startServerProcess(flags);
    },
    killWorker: async () => {
      const worker = workers.shift();
      if (worker === undefined) throw new Error("There is no worker to kill.");
      await killed(worker);
      await startWorker();
    },
    largestBytes: () => largestBytes,
    stop: async () => {
      clearInterval(watch);
      for (const worker of workers) await stopProcess(worker);
      await server.stop();
    },
    url: () => server.url,
  };
}

interface Receivers {
  /** The ports of the healthy ones. */
  readonly ports: readonly number[];
  ask<T>(path: string, body: unknown): Promise<T>;
  stop(): Promise<unknown>;
}

async function startReceivers(): Promise<Receivers> {
  const { child, firstLine } = await startProcess("tests/webhook-storms/receiver.ts", []);
  const { control, ports }: { control: number; ports: number[] } = JSON.parse(firstLine);
  return {
    ask: async <T>(path: string, body: unknown) => {
      const answer = await fetch(`http://127.0.0.1:${control}${path}`, {
        body: JSON.stringify(body),
        method: "POST",
        signal: AbortSignal.timeout(60_000),
      });
      return (await answer.json()) as T;
    },
    ports,
    stop: () => stopProcess(child),
  };
}

async function addEndpoints(
  accounts: readonly StormAccount[],
  { ask, ports }: Receivers,
  countOfEach: number,
): Promise<void> {
  await inParallel(accounts, endpointsAtOnce, async (account, at) => {
    for (let made = 0; made < countOfEach; made++) {
      const path = `/healthy/${at}/${made}`;
      const url = `http://127.0.0.1:${ports[(at + made) % ports.length]}${path}`;
      const form = { "enabled_events[]": "customer.created", url };
      const { id, secret } = await changed(account, "/v1/webhook_endpoints", form);
      await ask("/secrets", { [path]: String(secret) });
      account.healthy = [...account.healthy, { id, path }];
    }
  });
}

async function spoilEndpoints(
  accounts: readonly StormAccount[],
  { ask }: Receivers,
  countOfEach: number,
): Promise<void> {
  const kinds = accounts.flatMap((_, at) =>
    Array.from({ length: countOfEach }, (_none, more) => badKinds[(at + more) % badKinds.length]),
  );
  const urls = await ask<readonly string[]>("/bad", kinds);
  await inParallel(accounts, endpointsAtOnce, async (account, at) => {
    const spoilt = account.healthy.slice(0, countOfEach);
    for (const [more, { id }] of spoilt.entries()) {
      const url = urls[at * countOfEach + more] ?? "";
      await changed(account, `/v1/webhook_endpoints/${id}`, { url });
    }
    account.healthy = account.healthy.slice(countOfEach);
  });
}

async function makeAccounts(
  store: TestStore,
  count: number,
  url: () => string,
): Promise<StormAccount[]> {
  const accounts: StormAccount[] = [];
  for (let at = 0; at < count; at++) {
    const id = await addAccount(store);
    const secretKey = await addKey(store, id, { kind: "secret", livemode: false });
    accounts.push({ caller: { secretKey, url }, healthy: [] });
  }
  return accounts;
}

/** @returns the endpoint. */
async function changed({ caller }: StormAccount, path: string, form: Form): Promise<Wire> {
  const { body, status, text } = await send(caller.url(), { form, key: caller.secretKey, path });
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return body;
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function inParallel<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < all.length) {
      const at = next++;
      await work(all[at] as T, at);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}

/** Kills somebody after a while, again and again; resolves when all kills are done. */
export async function killAll(
  storm: Storm,
  random: Random,
  counts: { readonly server: number; readonly worker: number },
): Promise<void> {
  const left = { ...counts };
  while (left.server + left.worker > 0) {
    await pause(random.between(100, 900));
    const hitsServer = random.next() * (left.server + left.worker) < left.server;
    if (hitsServer) await storm.killServer();
    else await storm.killWorker();
    left[hitsServer ? "server" : "worker"] -= 1;
  }
}

/** 0 where it cannot be known. */
function residentBytes(processId: number): number {
  try {
    const status = readFileSync(`/proc/${processId}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
