/**
 * What may be kept of what was sent and answered. Runs of digits that could be a card number, security codes, API keys
 * and other secrets are masked wherever they stand: in a value, in a name, or in text that is no form at all. The result
 * is bounded in size, and so is the work: whatever is cut off is never looked at.
 */

import { cardDigitsMin, maskedCards } from "../core/card-digits.ts";

/** A JSON value that is safe to keep. */
export type Redacted =
  | string
  | number
  | boolean
  | null
  | readonly Redacted[]
  | { readonly [name: string]: Redacted };

const hidden = "[redacted]";
const cutMark = "…";
/** What a name, a value or a bracket costs of the size beyond its text: quotes, colon, comma. */
const punctuation = 6;
/** How far beyond a cut is read, to see a card number that the cut would split. */
const overlap = 256;

/** A security code beside its name, in text that was not read as a form: JSON, or a form that was escaped twice. */
const codeBesideItsName =
  /(cv[cvn]2?|csc|security.?code)((?:[^\p{L}\p{Nd}]|%(?:25)?5[bd]){1,12})\p{Nd}{3,4}/giu;
/** An API key, the secret of a webhook, the secret of an object. */
const secret = /((?:[a-z]{2}_(?:test|live)|whsec|_secret)_)[0-9A-Za-z_]+/gi;
const control = /\p{Cc}/gu;

const suspectName = /cv[cvn]|csc|security.?code|secret|passw|passphrase/i;
const secretName = /secret|passw|passphrase/i;

/** Text of one line without anything that may not be kept, at most `lengthMax` characters and a mark where it was cut. */
export function redactedText(value: string, lengthMax: number): string {
  const start = value.length <= lengthMax ? value : value.slice(0, lengthMax + overlap);
  const masked = maskedText(start);
  const isWhole = value.length <= lengthMax;
  return isWhole ? masked : masked.slice(0, lengthMax).toWellFormed() + cutMark;
}

/** Looks first at which patterns can match at all: most texts are words, and a record has a hundred of them. */
function maskedText(text: string): string {
  const { areAllPrintable, digits, hasUnderscore } = censusOf(text);
  let masked = text;
  if (hasUnderscore) masked = masked.replace(secret, (_, prefix: string) => `${prefix}***`);
  if (digits < 3 && areAllPrintable) return masked;
  masked = masked.replace(codeBesideItsName, (_, name, between) => `${name}${between}***`);
  if (digits < cardDigitsMin && areAllPrintable) return masked;
  // As long as before, so that nothing beyond the cut moves into view.
  masked = maskedCards(masked);
  return areAllPrintable ? masked : masked.replace(control, " ").toWellFormed();
}

function censusOf(text: string) {
  let digits = 0;
  let hasUnderscore = false;
  let areAllPrintable = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (code === 0x5f) hasUnderscore = true;
    else if (code < 0x20 || code > 0x7e) areAllPrintable = false;
  }
  return { areAllPrintable, digits, hasUnderscore };
}

/**
 * A form tree or a parsed answer without anything that may not be kept.
 *
 * @param lengthMax about how many characters of JSON it may become. What does not fit is left out, and `…` says so.
 */
export const redacted = (value: unknown, lengthMax: number): Redacted =>
  redactedValue(value, { left: lengthMax });

interface Budget {
  left: number;
}

function redactedValue(value: unknown, budget: Budget): Redacted {
  budget.left -= punctuation;
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return redactedNumber(value);
  if (typeof value === "string") return taken(value, budget);
  if (Array.isArray(value)) return redactedList(value, budget);
  if (value instanceof Map) return redactedHash(value, budget);
  if (typeof value === "object") return redactedHash(Object.entries(value), budget);
  throw new Error("Only JSON values and form trees can be redacted.");
}

/** No field of an answer is a number of so many digits. */
const redactedNumber = (value: number): Redacted => (Math.abs(value) < 1e11 ? value : hidden);

function taken(text: string, budget: Budget): string {
  const result = redactedText(text, Math.max(budget.left, 0));
  budget.left -= result.length;
  return result;
}

function redactedList(list: readonly unknown[], budget: Budget): Redacted {
  const result: Redacted[] = [];
  for (const element of list) {
    if (budget.left <= 0) {
      result.push(cutMark);
      break;
    }
    result.push(redactedValue(element, budget));
  }
  return result;
}

function redactedHash(entries: Iterable<readonly [string, unknown]>, budget: Budget): Redacted {
  const result: Record<string, Redacted> = {};
  for (const [name, value] of entries) {
    if (budget.left <= 0) {
      result[cutMark] = cutMark;
      break;
    }
    const shown = isHidden(name, value) ? hidden : redactedValue(value, budget);
    if (name === "__proto__") defineProto(result, shown);
    else result[taken(name, budget)] = shown;
  }
  return result;
}

/** The one name whose assignment would do something else. */
function defineProto(result: Record<string, Redacted>, value: Redacted): void {
  Object.defineProperty(result, "__proto__", {
    configurable: true,
    enumerable: true,
    value,
    writable: true,
  });
}

/** By its name. A check's result such as `pass` may be seen, a code has digits. */
function isHidden(name: string, value: unknown): boolean {
  if (value === null || value === "" || !suspectName.test(name)) return false;
  if (secretName.test(name)) return true;
  return typeof value === "object" || /\p{Nd}/u.test(String(value));
}
