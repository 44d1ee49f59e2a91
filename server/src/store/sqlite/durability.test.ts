/**
 * What a power cut would show, read from the system calls: the log is synced between the commit and its answer, and
 * when the disk refuses a write or a sync nothing false is acknowledged and the engine goes on. It needs strace; CI
 * must have it, and elsewhere these tests are reported as not run.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAt } from "../conformance/engines.ts";
import { counters, entries, key } from "../conformance/tables.ts";

const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;
const mustRun = canTrace || process.env["CI"] === "true";
const program = new URL("../conformance/load-client.ts", import.meta.url).pathname;

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "istripe-durability-"));
  file = join(directory, "store.db");
});
afterEach(() => rm(directory, { force: true, recursive: true }));

/** Runs the load client under strace. @returns what it said and what strace saw. */
async function traced(
  options: readonly string[],
  [clientCount, transactionCount]: readonly [number, number],
): Promise<{ said: string; trace: string }> {
  const traceFile = join(directory, "trace");
  const client = [process.execPath, program, file, String(clientCount), String(transactionCount)];
  const child = spawn("strace", ["-f", "-y", "-s", "32", "-o", traceFile, ...options, ...client], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    complaint += chunk;
  });
  const [code] = await once(child, "close");
  expect(code, complaint).toBe(0);
  return { said, trace: await readFile(traceFile, "utf8") };
}

type Call = "write to the log" | "sync begins" | "sync ends" | "answer";

/** The calls that matter, in order. */
function callsOf(trace: string): Call[] {
  const threadsInSync = new Set<string>();
  return trace.split("\n").flatMap((line): Call[] => {
    if (/pwrite64\(\d+<[^>]*-wal>/.test(line)) return ["write to the log"];
    if (/write\(1<.*"ack /.test(line)) return ["answer"];
    return syncCalls(line, threadsInSync);
  });
}

/** A call that another thread interrupts is two lines: its beginning, and its end without the file. */
function syncCalls(line: string, threadsInSync: Set<string>): Call[] {
  const thread = line.split(" ", 1)[0] ?? "";
  const ends: Call[] = line.endsWith("= 0") ? ["sync ends"] : [];
  if (/(fdatasync|fsync)\(\d+<[^>]*-wal>/.test(line)) {
    if (line.includes("<unfinished")) threadsInSync.add(thread);
    return ["sync begins", ...ends];
  }
  const isResumed = /<\.\.\. (fdatasync|fsync) resumed>/.test(line);
  return isResumed && threadsInSync.delete(thread) ? ends : [];
}

/** The ids that the client was told, by the answer it got. */
function answersOf(said: string, answer: "ack" | "fail"): string[] {
  return [...said.matchAll(new RegExp(`^${answer} (\\S+)`, "gm"))].map(([, id = ""]) => id);
}

/** Everything acknowledged is stored whole, and nothing is stored half. */
async function expectNothingFalse(acknowledged: readonly string[], client = 0): Promise<void> {
  const database = await openAt(file);
  for (const id of acknowledged) {
    for (const side of ["debit", "credit"]) {
      const row = await database.committed.get(entries, key(`${id} ${side}`));
      expect(row, `acknowledged transaction ${id}`).toBeDefined();
    }
  }
  const counter = await database.committed.get(counters, key(`client ${client}`));
  expect(counter?.amount).toBeGreaterThanOrEqual(acknowledged.length);
  await database.close();
}

describe.runIf(mustRun)("on the disk", () => {
  test("every answer comes after a sync of the log that began after the commit's last write", async () => {
    const transactionCount = 40;
    const calls = callsOf(
      (await traced(["-e", "trace=pwrite64,write,fdatasync,fsync"], [1, transactionCount])).trace,
    );
    let answerCount = 0;
    let writes = 0;
    let coveredBySync = 0;
    let durableWrites = 0;
    let answeredWrites = 0;
    for (const call of calls) {
      if (call === "write to the log") writes++;
      if (call === "sync begins") coveredBySync = writes;
      if (call === "sync ends") durableWrites = coveredBySync;
      if (call === "answer") {
        answerCount++;
        expect(writes, "the transaction has written").toBeGreaterThan(answeredWrites);
        expect(durableWrites, "all of it is on disk").toBe(writes);
        answeredWrites = writes;
      }
    }
    expect(answerCount).toBe(transactionCount);
  });

  test("the directory entries of a new database are synced before the first answer", async () => {
    const { trace } = await traced(["-e", "trace=write,fsync"], [1, 1]);
    const answered = trace.indexOf('"ack ');
    const synced = (path: string): number => trace.search(new RegExp(`fsync\\(\\d+<${path}>`));
    expect(answered).toBeGreaterThan(0);
    for (const path of [directory, tmpdir()]) {
      expect(synced(path)).toBeGreaterThan(0);
      expect(synced(path)).toBeLessThan(answered);
    }
  });

  test("after a failed sync the log is written over itself and synced before anything is added", async () => {
    const options = ["-P", `${file}-wal`, "-e", "inject=fdatasync:error=EIO:when=3+9"];
    const { said, trace } = await traced(options, [1, 20]);
    expect(answersOf(said, "fail").length).toBeGreaterThan(0);
    const [, afterFailure = ""] = trace.split("(INJECTED)");
    const calls = afterFailure
      .split("\n")
      .filter((line) => /pwrite64|sync\(|sync resumed/.test(line));
    // A log begins with its magic number, 0x377f0682.
    expect(calls[0]).toMatch(/pwrite64\(.*"7\\177\\6\\20/);
    expect(calls[1]).toMatch(/sync\(/);
    expect(calls.findIndex((line) => line.endsWith("= 0"))).toBeLessThan(3);
  });

  test.each([
    ["syncs of commits fail", "fdatasync:error=EIO:when=4+5"],
    ["the disk is full at times", "pwrite64:error=ENOSPC:when=60+45"],
    ["writes fail at times", "pwrite64:error=EIO:when=60+45"],
  ])(
    "when %s, those transactions are told, none is acknowledged falsely, and later ones succeed",
    async (_, fault) => {
      // Only the log fails: it is where commits go.
      const { said } = await traced(["-P", `${file}-wal`, "-e", `inject=${fault}`], [1, 60]);
      const acknowledged = answersOf(said, "ack");
      const failed = answersOf(said, "fail");
      expect(failed.length).toBeGreaterThan(1);
      expect(acknowledged.length).toBeGreaterThan(10);
      expect(acknowledged.length + failed.length).toBe(60);
      expect(said.lastIndexOf("ack ")).toBeGreaterThan(said.indexOf("fail "));
      expect(said).toMatch(/^fail \S+ (Nothing was written: the|The) disk /m);
      await expectNothingFalse(acknowledged);
    },
  );
});
