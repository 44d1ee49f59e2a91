/**
 * Takes card data out of a processor's reply before anyone else sees it. The number is found plain, grouped by blanks
 * or dashes, and with its digits escaped as JSON or percent escapes; the CVC is found in a field of its name, since
 * three digits alone occur by chance. The reply's length is capped before, so the work is bounded.
 */
import type { CardValues } from "./request-filling.ts";

const replacement = "[card]";
const separatorsMax = 3;
const backslashesMax = 8;

const backslash = 0x5c;
const percent = 0x25;
const quote = 0x22;

/** One character of the reply as it would be read after decoding: its code, and how much text it takes. */
type Unit = { code: number; length: number };
const unit: Unit = { code: -1, length: 0 };

/** The value of a two-digit hexadecimal text, or NaN. */
function hexValue(text: string): number {
  return /^[0-9a-fA-F]{2}$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
}

/** Reads the unit at `at` into `unit`: a plain character, `%34`, or `\u0034` with one or more backslashes. */
function readUnit(text: string, at: number): void {
  const code = text.charCodeAt(at);
  unit.code = code;
  unit.length = 1;
  if (code !== percent && code !== backslash) return;
  let hexAt = at + 1;
  if (code === backslash) {
    while (text.charCodeAt(hexAt) === backslash && hexAt - at < backslashesMax) hexAt++;
    if (!text.startsWith("u00", hexAt)) return;
    hexAt += 3;
  }
  const value = hexValue(text.slice(hexAt, hexAt + 2));
  if (Number.isNaN(value)) return;
  unit.code = value;
  unit.length = hexAt + 2 - at;
}

function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0xa0 || code === 0x2e || code === 0x09;
}

/** Whether a backslash before it hides a character from the search for the ends of strings. */
function isEscapable(code: number): boolean {
  return code === quote || code === backslash;
}

/** Where the digits end that begin at `at`, or -1 if other text is there. */
function endOfDigits(text: string, at: number, digits: Buffer): number {
  let end = at;
  for (let index = 0; index < digits.length; index++) {
    readUnit(text, end);
    for (
      let skipped = 0;
      index > 0 && isSeparator(unit.code) && skipped < separatorsMax;
      skipped++
    ) {
      end += unit.length;
      readUnit(text, end);
    }
    if (unit.code !== digits[index]) return -1;
    end += unit.length;
  }
  return end;
}

/**
 * Replaces the number wherever it is.
 *
 * @param outside the replacement where it is not inside a JSON string.
 */
function scrubNumber(text: string, number: Buffer, outside: string): string {
  const first = number[0] as number;
  let scrubbed = "";
  let copied = 0;
  let isInString = false;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const mayBegin = code === first || code === backslash || code === percent;
    const end = mayBegin ? endOfDigits(text, at, number) : -1;
    if (end !== -1) {
      scrubbed += text.slice(copied, at) + (isInString ? replacement : outside);
      copied = end;
      at = end;
      continue;
    }
    if (code === quote) isInString = !isInString;
    at += code === backslash && isEscapable(text.charCodeAt(at + 1)) ? 2 : 1;
  }
  return copied === 0 ? text : scrubbed + text.slice(copied);
}

/** A field called cvc, cvv, cvc2, cvv2, cvn, cid or security_code, in any case, up to where its value begins. */
const cvcField = /(?:cv[cvn]2?|cid|security_?code)\\*"\s*:\s*(\\*"\s*)?/giu;

/** Replaces the CVC where it is the whole value of a field of its name. */
function scrubCvc(text: string, cvc: Buffer): string {
  let scrubbed = "";
  let copied = 0;
  for (const match of text.matchAll(cvcField)) {
    const from = match.index + match[0].length;
    const end = endOfDigits(text, from, cvc);
    if (end === -1 || /^[0-9]/.test(text.slice(end, end + 1))) continue;
    scrubbed +=
      text.slice(copied, from) + (match[1] === undefined ? `"${replacement}"` : replacement);
    copied = end;
  }
  return copied === 0 ? text : scrubbed + text.slice(copied);
}

/** A reply of JSON text without the card's number and CVC. */
export const scrubReply = (text: string, values: CardValues): string =>
  scrubText(text, values, `"${replacement}"`);

/** What cannot hold the number, being shorter, or a field, having no quote, is not searched for it. */
function scrubText(text: string, { cvc, number }: CardValues, outside: string): string {
  const rest = text.length < number.length ? text : scrubNumber(text, number, outside);
  return cvc === undefined || cvc.length === 0 || !rest.includes('"') ? rest : scrubCvc(rest, cvc);
}

const cvcFieldName = /^(?:cv[cvn]2?|cid|security_?code)$/iu;
/** No card number is less. */
const numberMin = 1e11;

/** The same for a reply of JSON values. What holds no card data is returned as it is. */
export function scrubValues(value: unknown, card: CardValues): unknown {
  switch (typeof value) {
    case "string":
      return scrubText(value, card, replacement);
    case "number":
      return value >= numberMin && String(value) === card.number.toString("latin1")
        ? replacement
        : value;
    case "object":
      return value === null ? null : scrubEach(value, card);
    default:
      return value;
  }
}

function scrubEach(value: object, card: CardValues): object {
  let scrubbed: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[name];
    const kept = isCvc(name, inner, card.cvc) ? replacement : scrubValues(inner, card);
    if (kept === inner) continue;
    // An array is copied as one, and its indexes are names like any other.
    scrubbed ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    scrubbed[name] = kept;
  }
  return scrubbed ?? value;
}

/** Whether it is the CVC as the whole value of a field of its name. */
const isCvc = (name: string, value: unknown, cvc: Buffer | undefined): boolean =>
  (typeof value === "string" || typeof value === "number") &&
  cvc !== undefined &&
  cvc.length > 0 &&
  cvcFieldName.test(name) &&
  String(value) === cvc.toString("latin1");
