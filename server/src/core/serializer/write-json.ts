/**
 * Writes a JSON value of which no schema is known, as `JSON.stringify(value, null, 2)` would, but with the keys of every
 * object in Stripe's order. It is for the rare parts of an answer; everything declared goes through the compiled code.
 */
import { sortedKeys } from "./key-order.ts";

/** Deeper than any answer; a cycle ends here instead of in a stack overflow. */
const depthMax = 64;

/** @param depth how many levels the value is indented by already. */
export function writeJson(value: unknown, depth = 0): string {
  return write(value, depth, depth + depthMax) ?? "null";
}

/** Undefined where JSON has no way to say it: such a property is left out. */
function write(value: unknown, depth: number, limit: number): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (depth > limit) throw new Error("An answer is nested too deeply to be written.");
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return write(value.toJSON(""), depth, limit);
  }
  const margin = `\n${"  ".repeat(depth + 1)}`;
  const end = `\n${"  ".repeat(depth)}`;
  if (Array.isArray(value)) {
    const elements = value.map((element) => write(element, depth + 1, limit) ?? "null");
    return elements.length === 0 ? "[]" : `[${margin}${elements.join(`,${margin}`)}${end}]`;
  }
  const members = membersOf(value as Record<string, unknown>, depth + 1, limit);
  return members.length === 0 ? "{}" : `{${margin}${members.join(`,${margin}`)}${end}}`;
}

function membersOf(value: Record<string, unknown>, depth: number, limit: number): string[] {
  const members: string[] = [];
  for (const key of sortedKeys(Object.keys(value))) {
    const text = write(value[key], depth, limit);
    if (text !== undefined) members.push(`${JSON.stringify(key)}: ${text}`);
  }
  return members;
}
