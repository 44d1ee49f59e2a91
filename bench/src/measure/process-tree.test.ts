/** What a server costs includes its children; where the system does not tell, nothing is invented. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { costOf, fineCpuBetween, fineCpuOf, processTree, residentBytes } from "./process-tree.ts";

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
  // On a machine that others use too it gets a part of its 300 ms.
  expect(after.cpuSeconds - before.cpuSeconds).toBeGreaterThan(0.02);
});

it("time that is too short for a tick is told apart", () => {
  const before = fineCpuOf(process.pid);
  expect(before === null).toBe(!isKnown);
  const end = performance.now() + 4;
  while (performance.now() < end);
  const spent = fineCpuBetween(before, fineCpuOf(process.pid));
  if (!isKnown) return;
  expect(spent).toBeGreaterThan(0.0005);
  expect(spent).toBeLessThan(2);
});

it("a thread that ended in between takes nothing from what the others spent", () => {
  const before = new Map([
    ["1", 5e9],
    ["2", 1e9],
  ]);
  expect(
    fineCpuBetween(
      before,
      new Map([
        ["2", 3e9],
        ["3", 1e9],
      ]),
    ),
  ).toBe(3);
  expect(fineCpuBetween(null, before)).toBeNull();
});

it("a process that does not exist costs nothing and has no memory", () => {
  const absent = 2 ** 30;
  expect(costOf(absent)?.cpuSeconds ?? 0).toBe(0);
  expect(fineCpuOf(absent)).toBeNull();
  expect(residentBytes(absent)).toBeNull();
});
