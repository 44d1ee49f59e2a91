/**
 * Judges what the wire contract's checker saw while the tests ran: no violation anywhere, and every operation that is
 * built was answered cleanly at least once. Prints the coverage by tier.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { operations } from "@istripe/server";

interface Report {
  readonly violation_count: number;
  readonly violations: readonly { operation: string; pointer: string; message: string }[];
  readonly requests: number;
  readonly operations: Readonly<Record<string, { readonly clean: number }>>;
}

const directory = ".cache/contract";
const reports = readdirSync(directory).map(
  (file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as Report,
);
const clean = new Set(
  reports.flatMap((report) =>
    Object.entries(report.operations).flatMap(([name, { clean: count }]) =>
      count > 0 ? name : [],
    ),
  ),
);
const violations = reports.flatMap((report) => report.violations);
for (const { operation, pointer, message } of violations) {
  process.stdout.write(`violation: ${operation} ${pointer} ${message}\n`);
}

const generic = (path: string): string => path.replaceAll(/\{\w+\}|:\w+/g, "{}");
const cleanNames = new Set([...clean].map(generic));
/** What is ours alone is not in the contract. */
const isOwn = ({ method, path }: { method: string; path: string }): boolean =>
  path.startsWith("/v1/istripe/") ||
  path.startsWith("/v1/test_helpers/webhook_deliveries/") ||
  path === "/v1/events/:id/retry" ||
  (path === "/v1/tokens/:token" && method !== "GET");
/** Always refused, and rightly: no card's refund waits for a customer to act. Its errors are checked like all others. */
const neverSucceeds = new Set(["POST /v1/refunds/:refund/cancel"]);
const missing = operations.filter(
  (operation) =>
    !isOwn(operation) &&
    !neverSucceeds.has(`${operation.method} ${operation.path}`) &&
    !cleanNames.has(generic(`${operation.method} ${operation.path}`)),
);
for (const { method, path } of missing) process.stdout.write(`never clean: ${method} ${path}\n`);
const requests = reports.reduce((sum, report) => sum + report.requests, 0);
process.stdout.write(
  `contract: ${requests} requests checked, ${violations.length} violations, ${clean.size} operations clean\n`,
);
process.exitCode = reports.length > 0 && violations.length === 0 && missing.length === 0 ? 0 : 1;
