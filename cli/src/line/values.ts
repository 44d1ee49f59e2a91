/**
 * Values of flags and operands that many commands take. What is refused is not repeated: it may be a key.
 */
import { usageFailure } from "./failure.ts";

/** A path travels through logs, so nothing but an id of the right kind gets into one. */
export function readId(text: string | undefined, ...prefixes: readonly string[]): string {
  const isOne = prefixes.some((prefix) => text?.startsWith(prefix));
  if (text !== undefined && isOne && /^[0-9A-Za-z_]{4,255}$/.test(text)) return text;
  throw usageFailure(`Give an id, which begins with ${prefixes.join(" or ")}.`);
}

/** A whole number in bounds. */
export function readCount(flag: string, text: string, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw usageFailure(`--${flag} takes a whole number from 1 to ${max}.`);
}

/** `a,b` and several flags are the same. */
export const readWords = (texts: readonly string[]): readonly string[] =>
  texts
    .flatMap((text) => text.split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "");
