/** What a server costs includes its children; where the system does not tell, nothing is invented. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { costOf, processTree, residentBytes } from "./process-tree.ts";

const isKnown = process.platform === "linux";

it("the time that a child spends is its parent's cost, while it runs and when it has ended", async () => {
  const before = costOf(process.pid);
  const busy = "const end = Date.now() + 300; while (Date.now() < end);";
  const child = spawn(process.execPath, ["-e", busy]);
  expect(processTree([process.pid]).includes(child.pid ?? 0)).toBe(isKnown);
  await once(child, "exit");
  const after = costOf(process.pid);
  expect(before === null).toBe(!isKnown);
  if (before === null || after === null) return;
  expect(after.cpuSeconds - before.cpuSeconds).toBeGreaterThan(0.1);
});

it("a process that does not exist costs nothing and has no memory", () => {
  const absent = 2 ** 30;
  expect(costOf(absent)?.cpuSeconds ?? 0).toBe(0);
  expect(residentBytes(absent)).toBeNull();
});
