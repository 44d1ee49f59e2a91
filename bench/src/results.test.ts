/** Rows are medians, and ratios compare like with like. */
import { describe, expect, it } from "vitest";
import type { Sample } from "./measure/sample.ts";
import { type Measured, median, toRows } from "./results.ts";
import type { PeerName, Server } from "./servers/server.ts";

function sampleOf(requests: number, cpuSeconds: number | null): Sample {
  return {
    apiCpuSeconds: cpuSeconds,
    cpuSeconds,
    generatorCpuSeconds: 0.1,
    p50Ms: 1,
    p99Ms: 2,
    requests,
    seconds: 2,
    stored: 0,
    writtenBytes: null,
  };
}

function measuredOf(
  peer: PeerName,
  operation: Measured["operation"],
  samples: readonly Sample[],
): Measured {
  const server: Server = {
    database: peer === "istripe" ? "sqlite" : "none",
    databaseProcessId: null,
    fill: peer === "istripe" ? 100 : null,
    inspectorUrl: null,
    peer,
    processId: 0,
    stop: async () => {},
    storedBytes: async () => null,
    target: { isCanned: false, name: peer, payer: "", port: 0, secretKey: "" },
  };
  return { operation, samples, server };
}

describe("rows", () => {
  it("are medians with their spread, and ratios to stripe-mock at the same operation", () => {
    const rows = toRows([
      measuredOf("istripe", "get", [sampleOf(100, 1), sampleOf(300, 1), sampleOf(200, 1)]),
      measuredOf("stripe-mock", "get", [sampleOf(50, 1), sampleOf(50, 1), sampleOf(50, 1)]),
      measuredOf("stripe-mock", "list", [sampleOf(1, 1)]),
    ]);
    expect(rows[0]).toMatchObject({
      ratio: 4,
      requests_per_cpu_second: 200,
      requests_per_second: 100,
      spread: 1,
    });
    expect(rows[1]?.ratio).toBe(1);
  });

  it("compare each sample with stripe-mock's of the same round, so that a slow round spoils no ratio", () => {
    const [ours] = toRows([
      measuredOf("istripe", "get", [sampleOf(400, 1), sampleOf(100, 1), sampleOf(400, 1)]),
      measuredOf("stripe-mock", "get", [sampleOf(100, 1), sampleOf(25, 1), sampleOf(90, 1)]),
    ]);
    expect(ours?.ratio).toBe(4);
  });

  it("have no ratio without stripe-mock, and nothing per CPU-second where that is not known", () => {
    const [row] = toRows([measuredOf("istripe", "get", [sampleOf(100, null)])]);
    expect(row).toMatchObject({ ratio: null, requests_per_cpu_second: null, spread: null });
  });
});

it("a median of an even count lies between the middle two, and of nothing there is none", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([5, 1, 3])).toBe(3);
  expect(() => median([])).toThrow(/no median/);
});
