/**
 * The leaves of an answer, called by the compiled serializers. Each refuses a value that its schema does not allow: an
 * answer that would break its contract is a bug of ours, and must fail before it is sent, never be sent as wrong JSON.
 * The errors name the field and the kind of value, never the value.
 */

import { writeJson } from "./write-json.ts";

/** The longest text that is scanned by hand: beyond it a regular expression is faster. */
const scanLengthMax = 48;
/** ASCII without quote, backslash and control characters: it stands for itself. */
const plainText = /^[ !#-[\]-~]*$/;

/**
 * Whether every leaf since the last {@link beginText} surely was ASCII. Texts are written one at a time and at once, so
 * one variable is enough for all.
 */
let isAscii = true;

export function beginText(): void {
  isAscii = true;
}

/** Whether the text just written has as many bytes as characters; false also where nobody looked. */
export const isTextAscii = (): boolean => isAscii;

/** The text as it stands between its quotes. */
export function escaped(value: unknown, field: string): string {
  if (typeof value !== "string") throw wrong(value, "string", field);
  if (value.length > scanLengthMax) return plainText.test(value) ? value : quoted(value);
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    // Quote, backslash, control characters, and what is not ASCII (a lone surrogate has to be escaped).
    if (unit === 34 || unit === 92 || unit < 32 || unit > 126) return quoted(value);
  }
  return value;
}

function quoted(value: string): string {
  isAscii = false;
  return JSON.stringify(value).slice(1, -1);
}

/** A value whose schema is not known. */
export function writeUnknown(value: unknown, depth: number): string {
  isAscii = false;
  return writeJson(value, depth);
}

export function writeInteger(value: unknown, field: string): string {
  if (!Number.isSafeInteger(value)) throw wrong(value, "integer", field);
  return String(value);
}

export function writeNumber(value: unknown, field: string): string {
  if (!Number.isFinite(value)) throw wrong(value, "finite number", field);
  return String(value);
}

export function isTrue(value: unknown, field: string): boolean {
  if (typeof value !== "boolean") throw wrong(value, "boolean", field);
  return value;
}

/** @param margin the line break and indentation of the map's own line. */
export function writeMap(value: unknown, field: string, margin: string): string {
  if (typeof value !== "object" || value === null) throw wrong(value, "map of strings", field);
  let text = "";
  for (const key of Object.keys(value)) {
    const entry = escaped((value as Record<string, unknown>)[key], field);
    text += `${text === "" ? "{" : ","}${margin}  "${escaped(key, field)}": "${entry}"`;
  }
  return text === "" ? "{}" : `${text}${margin}}`;
}

export function wrong(value: unknown, expected: string, field: string): Error {
  const kind = value === null ? "null" : typeof value;
  const where = field === "" ? "The answer" : `The answer's field ${field}`;
  return new Error(`${where} must be of type ${expected} but is of type ${kind}.`);
}

/** For a value that is none of the alternatives of its schema. */
export function refuse(value: unknown, field: string): never {
  throw wrong(value, "one of its alternatives", field);
}
