/** A run is what its flags say, and a flag that means nothing is refused with the remedy. */
import { expect, it } from "vitest";
import { readPlan } from "./plan.ts";

it("a quick run stores less and measures shorter than the full one", () => {
  const [quick, full, large] = [readPlan(["--quick"]), readPlan([]), readPlan(["--large"])];
  expect(quick.stored).toBeLessThan(full.stored);
  expect(full.stored).toBe(200_000);
  expect(large.stored).toBe(1_000_000);
  expect(quick.targetSeconds).toBeLessThan(50);
});

it("what was changed by hand is never kept as the figures of a full run", () => {
  expect(readPlan([]).isStandard).toBe(true);
  for (const flags of [["--stored", "500"], ["--profile"], ["--database", "sqlite"]]) {
    expect(readPlan(flags).isStandard).toBe(false);
  }
});

it("webhooks are part of a full run, and alone where they are asked for", () => {
  const wanted = [[], ["--quick"], ["--large"], ["--quick", "--webhooks"]].map(
    (flags) => readPlan(flags).webhooks,
  );
  expect(wanted).toEqual(["too", "none", "none", "only"]);
  expect(readPlan(["--webhooks"]).isStandard).toBe(false);
});

it.each([
  [["--database", "oracle"], /give sqlite or postgres/],
  [["--quick", "--large"], /not both/],
  [["--stored", "5"], /at least 100/],
  [["--seconds", "soon"], /at least 0.25/],
])("%s is refused", (flags, message) => {
  expect(() => readPlan(flags)).toThrow(message);
});
