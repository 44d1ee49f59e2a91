/**
 * Runs the tests of Stripe's official Go library against a real server, through the wire contract's checker where it is
 * at hand, and leaves their count where the other runners leave theirs. A run that counted nothing counts as a failure.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { checked, startServer } from "./checked-server.ts";

const goCommand = "go";

/** One line of `go test -json`. Without a `Test` it tells of a whole package. */
interface GoEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

interface Tally {
  passed: number;
  failed: number;
  /** What the tests printed, by name. */
  readonly output: Map<string, string>;
}

function tell(tally: Tally, event: GoEvent): void {
  const name = event.Test ?? "";
  if (event.Action === "output") {
    tally.output.set(name, (tally.output.get(name) ?? "") + (event.Output ?? ""));
  } else if (event.Action === "build-output") {
    process.stdout.write(event.Output ?? "");
  } else if (event.Action === "fail") {
    // A package that does not build has no tests to fail, but failed all the same.
    if (name !== "") tally.failed += 1;
    process.stdout.write(tally.output.get(name) ?? "");
  } else if (event.Action === "pass" && name !== "") {
    tally.passed += 1;
  }
}

/** Runs every test once. @returns false when Go says that something failed. */
async function runTests(tally: Tally): Promise<boolean> {
  const server = await checked("go", await startServer());
  const go = spawn(goCommand, ["test", "-json", "-count=1", "-timeout=120s", "./..."], {
    cwd: "tests/contract/go",
    env: { ...process.env, ISTRIPE_API_BASE: server.url, ISTRIPE_API_KEY: server.secretKey },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(go, "exit");
  for await (const line of createInterface(go.stdout)) {
    if (line.startsWith("{")) tell(tally, JSON.parse(line) as GoEvent);
    else process.stdout.write(`${line}\n`);
  }
  const [code] = (await exit) as [number | null];
  await server.stop();
  return code === 0;
}

/** In the shape of Vitest's own report, which `tools/count-results.ts` reads. */
function leaveCount(passed: number, failed: number): void {
  const count = { numFailedTestSuites: 0, numFailedTests: failed, numPassedTests: passed };
  mkdirSync(".cache/results", { recursive: true });
  writeFileSync(".cache/results/go.json", `${JSON.stringify(count)}\n`);
}

if (spawnSync(goCommand, ["version"]).status === 0) {
  // Until the run is over it has failed.
  leaveCount(0, 1);
  const tally: Tally = { failed: 0, output: new Map(), passed: 0 };
  const isGood = (await runTests(tally)) && tally.passed > 0;
  const failed = isGood ? 0 : Math.max(tally.failed, 1);
  leaveCount(tally.passed, failed);
  process.stdout.write(`go: ${tally.passed} passed, ${failed} failed\n`);
  process.exitCode = isGood ? 0 : 1;
} else {
  process.stderr.write(
    "Go tests need Go 1.23 or newer on the path (on Debian: apt-get install golang-go).\n",
  );
  // A developer without it still gets the other tests; where all tests must run, this is a failure.
  if (process.env["CI"]) {
    leaveCount(0, 1);
    process.exitCode = 1;
  } else {
    process.stderr.write("NOT RUN: the Go tests.\n");
  }
}
