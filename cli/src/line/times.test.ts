/**
 * Times as they are read and shown.
 */
import { describe, expect, it } from "vitest";
import { wallClockMs } from "./clock.ts";
import { readTime, shownTime } from "./times.ts";

describe("a time is read", () => {
  it.each([
    ["1700000000", 1_700_000_000],
    ["2023-11-14T22:13:20Z", 1_700_000_000],
    ["2023-11-14T23:13:20+01:00", 1_700_000_000],
    ["2023-11-14", 1_699_920_000],
  ])("%s", (text, seconds) => {
    expect(readTime("since", text)).toBe(seconds);
  });

  it.each([
    ["90s", 90],
    ["15m", 900],
    ["2h", 7200],
    ["3d", 259_200],
  ])("%s ago", (text, ago) => {
    const expected = wallClockMs() / 1000 - ago;
    expect(Math.abs(readTime("since", text) - expected)).toBeLessThan(5);
  });

  it.each(["", "yesterday", "-5", "2h30m", "2023-99-99", "1e9"])("%j is refused", (text) => {
    expect(() => readTime("since", text)).toThrow(/^--since takes a time/);
  });
});

it("a time is shown in UTC, and what is none as a dash", () => {
  expect(shownTime(1_700_000_000)).toBe("2023-11-14 22:13:20 UTC");
  for (const none of [null, undefined, "1700000000", Number.NaN, 1e300]) {
    expect(shownTime(none)).toBe("-");
  }
});
