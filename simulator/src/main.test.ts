/** The simulator as a real process: it is killed, cut off and flooded, and its journal stays the truth. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const main = new URL("./main.ts", import.meta.url).pathname;
const card = {
  number: "4000000000009995",
  exp_month: 12,
  exp_year: 2030,
  cvc: "9137",
  address_line1: null,
  address_zip: null,
};

let folder = "";
let journal = "";
const processes = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-"));
  journal = join(folder, "journal.jsonl");
});
afterEach(() => {
  for (const child of processes) child.kill("SIGKILL");
  processes.clear();
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it printed so far, on both streams. */
  printed(): string;
}

function launch(...flags: string[]): { child: ChildProcess; printed(): string } {
  const child = spawn(process.execPath, [main, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  processes.add(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  return { child, printed: () => text };
}

async function start(...flags: string[]): Promise<Running> {
  const { child, printed } = launch("--journal", journal, ...flags);
  if (child.stdout !== null) await once(child.stdout, "data");
  const { url } = JSON.parse(printed()) as { url: string };
  return { url, child, printed };
}

async function post(url: string, reference: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/authorizations`, {
    method: "POST",
    body: JSON.stringify({ reference, amount: 2000, currency: "usd", capture: true, card }),
    signal: AbortSignal.timeout(5000),
  });
  return { status: response.status, body: await response.text() };
}

async function find(url: string, reference: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/authorizations/${reference}`);
  return { status: response.status, body: await response.text() };
}

const journalLines = (): { kind: string; reference: string }[] =>
  readFileSync(journal, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe("killed under load", () => {
  test("every reply that went out is in the journal, given again in the next life, and authorized once", async () => {
    const first = await start();
    const answered = new Map<string, string>();
    const asked: string[] = [];
    const worker = async (name: number): Promise<void> => {
      for (let index = 0; index < 400; index++) {
        const reference = `ch_${name}_${index}`;
        asked.push(reference);
        const { body } = await post(first.url, reference);
        answered.set(reference, body);
        if (answered.size === 60) first.child.kill("SIGKILL");
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: 6 }, (_, name) => worker(name)));
    expect(workers.every(({ status }) => status === "rejected")).toBe(true);
    expect(answered.size).toBeGreaterThanOrEqual(60);

    const second = await start();
    for (const [reference, body] of answered) {
      expect(await find(second.url, reference)).toEqual({ status: 200, body });
    }
    for (const reference of asked) {
      const { status, body } = await post(second.url, reference);
      expect(status).toBe(200);
      expect(answered.get(reference) ?? body).toBe(body);
    }
    const authorized = journalLines().filter(({ kind }) => kind === "authorization");
    expect(authorized.map(({ reference }) => reference).sort()).toEqual([...asked].sort());
    expect(journalLines().filter(({ kind }) => kind === "repeat").length).toBeGreaterThanOrEqual(
      answered.size,
    );

    const witness = await (await fetch(`${second.url}/journal`)).text();
    expect(witness).toBe(readFileSync(journal, "utf8"));
    const everything = witness + first.printed() + second.printed() + [...answered.values()].join();
    expect(everything).not.toContain(card.number);
    expect(everything).not.toMatch(/"cvc":"\d/);
  }, 30_000);
});

describe("as a process", () => {
  test("prints one line when it listens, and ends with 0 on SIGTERM", async () => {
    const running = await start();
    expect(running.printed()).toMatch(/^\{"url":"http:\/\/127\.0\.0\.1:\d+"\}\n$/);
    expect((await post(running.url, "ch_1")).status).toBe(200);
    running.child.kill("SIGTERM");
    expect(await once(running.child, "exit")).toEqual([0, null]);
  });

  test("--outage cuts every authorization off until the faults are cleared", async () => {
    const { url } = await start("--outage", "drop_after");
    await expect(post(url, "ch_1")).rejects.toThrow();
    await expect(post(url, "ch_2")).rejects.toThrow();
    expect((await find(url, "ch_1")).status).toBe(200);
    await fetch(`${url}/faults`, { method: "DELETE" });
    expect((await post(url, "ch_3")).status).toBe(200);
  });

  test("--delay-ms makes every answer late", async () => {
    const { url } = await start("--delay-ms", "150");
    const before = performance.now();
    expect((await post(url, "ch_1")).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(145);
  });

  test("a body over 16 KiB is refused and not authorized", async () => {
    const { url } = await start();
    const body = JSON.stringify({ reference: "ch_1", padding: "x".repeat(16 * 1024) });
    const response = await fetch(`${url}/authorizations`, { method: "POST", body });
    expect(response.status).toBe(413);
    expect((await find(url, "ch_1")).status).toBe(404);
  });

  test.each([
    [[], "--journal must name a file."],
    [["--journal", "j", "--port", "seven"], "--port must be a whole number from 0 to 65535."],
    [["--journal", "j", "--delay-ms", "-1"], "--delay-ms"],
    [["--journal", "j", "--outage", "total"], "action must be one of"],
    [["--journal", "/nowhere/at/all/journal"], "no such file or directory"],
  ])("does not start with %j, and says why", async (flags, sentence) => {
    const { child, printed } = launch(...flags);
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(printed()).toContain(sentence);
  });
});
