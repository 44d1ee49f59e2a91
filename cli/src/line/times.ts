/**
 * Times as people read and write them. All are in UTC, so that two machines show the same.
 */
import { wallClockMs } from "./clock.ts";
import { usageFailure } from "./failure.ts";

/** `2026-01-31 13:05:07 UTC` of Unix seconds; a dash for what has no time. */
export function shownTime(seconds: unknown): string {
  const time = typeof seconds === "number" ? new Date(seconds * 1000) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) return "-";
  return `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const unitSeconds: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/**
 * @param text Unix seconds, an ISO time, or how long ago: `90s`, `15m`, `2h`, `3d`.
 * @returns Unix seconds.
 * @throws CommandFailure usage, which names the flag.
 */
export function readTime(flag: string, text: string): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = unitSeconds[unit];
  if (count !== undefined && seconds !== undefined) {
    return Math.floor(wallClockMs() / 1000) - Number(count) * seconds;
  }
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw usageFailure(
    `--${flag} takes a time such as 2h (ago), 2026-01-31T13:05:00Z, or Unix seconds.`,
  );
}
