/**
 * Adds up what the test runners counted and prints it as the last line: "N passed, N failed". Exits 1 when a test
 * failed, or when a runner that should have run left no count.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const directory = ".cache/results";
const total = { failed: 0, passed: 0 };
const sources: string[] = [];

function add(source: string, passed: number, failed: number): void {
  total.passed += passed;
  total.failed += failed;
  sources.push(source);
  process.stdout.write(`${source}: ${passed} passed, ${failed} failed\n`);
}

for (const file of existsSync(directory) ? readdirSync(directory).toSorted() : []) {
  const text = readFileSync(join(directory, file), "utf8");
  if (file.endsWith(".json")) {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(text);
    // A file that could not be loaded has no tests to fail, but failed all the same.
    add(file, numPassedTests, Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0));
  } else if (file.endsWith(".xml")) {
    const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? "";
    const count = (name: string): number =>
      Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = count("failures") + count("errors");
    add(file, count("tests") - failed - count("skipped"), failed);
  }
}

/** What must have run: a developer may be without Go, Next.js and Schemathesis, a check before a change lands may not. */
const expected = [
  "vitest.json",
  "pytest.xml",
  ...(process.env["CI"] ? ["go.json", "next.json", "schemathesis.json"] : []),
];
const missing = expected.filter((name) => !sources.includes(name));
const isWhole = missing.length === 0;
if (!isWhole) process.stdout.write(`no results were left: ${missing.join(", ")}\n`);
process.stdout.write(
  `${total.passed} passed, ${isWhole ? total.failed : total.failed + 1} failed\n`,
);
process.exitCode = total.failed === 0 && isWhole ? 0 : 1;
