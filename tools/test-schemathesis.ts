/**
 * Lets Schemathesis ask a real server everything that openapi/istripe.json describes, following its links from what one
 * request made to the next, as a second opinion beside our own fuzz: no 5xx, no answer that its schema does not allow,
 * no hang. It runs for a fixed time and leaves its count where the other runners leave theirs, by operations.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { startServer } from "./checked-server.ts";

/** All phases together; the links are followed in what the others leave of it. */
const seconds = Number(process.env["SCHEMATHESIS_SECONDS"] ?? 75);
/** For what goes on after the last case: the shrinking of a failure, the report. */
const secondsMore = 60;
const program = resolve(".cache/schemathesis/bin/st");
const reportFile = resolve(".cache/schemathesis/report.json");
/** Of a hundred operations, so many must have been answered with success at least once; on a free machine 90 are. */
const reachedPercentMin = 25;

/** As far as it is read here. */
interface Report {
  readonly operations: { readonly selected: number; readonly tested: number };
  readonly test_cases: { readonly generated: number; readonly with_failures: number };
  readonly failures: readonly { readonly operations: readonly string[] }[];
}

/** In the shape of Vitest's own report, which `tools/count-results.ts` reads. */
function leaveCount(passed: number, failed: number): void {
  const count = { numFailedTestSuites: 0, numFailedTests: failed, numPassedTests: passed };
  mkdirSync(".cache/results", { recursive: true });
  writeFileSync(".cache/results/schemathesis.json", `${JSON.stringify(count)}\n`);
}

interface Asked {
  readonly url: string;
  readonly secretKey: string;
}

function commandFor({ secretKey, url }: Asked): string[] {
  const seed = process.env["SCHEMATHESIS_SEED"];
  return [
    "run",
    resolve("openapi/istripe.json"),
    ...["--url", url, "--header", `Authorization: Bearer ${secretKey}`],
    ...["--max-time", String(seconds), "--workers", "2", "--no-color"],
    ...["--generation-database", "none", "--report", "json", "--report-json-path", reportFile],
    ...(seed === undefined ? [] : ["--seed", seed]),
  ];
}

/** Runs it to its end, or to the end of its time. @returns its exit code; null when it had to be stopped. */
async function ask(asked: Asked): Promise<number | null> {
  rmSync(reportFile, { force: true });
  const child = spawn(program, commandFor(asked), {
    // Where its settings and hooks are.
    cwd: "tests/schemathesis",
    env: {
      ...process.env,
      HYPOTHESIS_STORAGE_DIRECTORY: resolve(".cache/schemathesis/hypothesis"),
      PYTHONDONTWRITEBYTECODE: "1",
    },
    stdio: "inherit",
    timeout: (seconds + secondsMore) * 1000,
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

/** How many operations the server answered with success, as its own metrics count them. */
async function reachedCount(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const reached = new Set<string>();
  for (const line of text.split("\n")) {
    const labels = /_count\{([^}]*)\}/.exec(line)?.[1] ?? "";
    const label = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    const isOperation = label("method") !== "OPTIONS" && label("route").startsWith("/v1/");
    if (isOperation && label("status").startsWith("2"))
      reached.add(`${label("method")} ${label("route")}`);
  }
  return reached.size;
}

async function run(): Promise<boolean> {
  // Until the run is over it has failed.
  leaveCount(0, 1);
  if (spawnSync("sh", ["tools/schemathesis.sh"], { stdio: "inherit" }).status !== 0) return false;
  const server = await startServer();
  const code = await ask(server);
  const reached = await reachedCount(server.url);
  await server.stop();
  if (!existsSync(reportFile)) return false;
  const text = readFileSync(reportFile, "utf8");
  const report = JSON.parse(text) as Report;
  // It has more digits than a number holds.
  const [, seed] = /"seed": *(\d+)/.exec(text) ?? [];
  const { selected, tested } = report.operations;
  const isReached = reached * 100 >= selected * reachedPercentMin;
  const isGood = code === 0 && tested === selected && isReached;
  const broken = new Set(report.failures.flatMap(({ operations }) => operations)).size;
  const failed = isGood ? 0 : Math.max(broken, 1);
  leaveCount(tested - Math.min(broken, tested), failed);
  process.stdout.write(
    `schemathesis: ${report.test_cases.generated} cases of ${tested} operations, ${reached} reached with success, ${report.test_cases.with_failures} cases failed; SCHEMATHESIS_SEED=${seed}\n`,
  );
  return isGood;
}

process.exitCode = (await run()) ? 0 : 1;
