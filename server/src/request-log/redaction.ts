/**
 * What may be kept of what was sent and answered. Runs of digits that could be a card number, security codes, API keys
 * and other secrets are masked wherever they stand: in a value, in a name, or in text that is no form at all. The result
 * is bounded in size, and so is the work: whatever is cut off is never looked at.
 */

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

/** Digits with no letter between them, however they are grouped: a card number has 12 to 19 of them. */
const cardLike = /\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){11,}/gu;
/** A security code beside its name, in text that was not read as a form: JSON, or a form that was escaped twice. */
const codeBesideItsName =
  /(cv[cvn]2?|csc|security.?code)((?:[^\p{L}\p{Nd}]|%(?:25)?5[bd]){1,12})\p{Nd}{3,4}/giu;
const apiKey = /((?:[a-z]{2}_(?:test|live)|whsec)_)[0-9A-Za-z_]+/gi;
const clientSecret = /(_secret_)[0-9A-Za-z_]+/gi;
const control = /\p{Cc}/gu;

const codeName = /cv[cvn]|\bcsc\b|security.?code/i;
const secretName = /secret|passw|passphrase/i;

/** Text of one line without anything that may not be kept, at most `lengthMax` characters and a mark where it was cut. */
export function redactedText(value: string, lengthMax: number): string {
  const start = value.slice(0, lengthMax + overlap);
  const masked = start
    .replace(apiKey, (_, prefix: string) => `${prefix}***`)
    .replace(clientSecret, (_, prefix: string) => `${prefix}***`)
    .replace(codeBesideItsName, (_, name: string, between: string) => `${name}${between}***`)
    // As long as before, so that nothing beyond the cut moves into view.
    .replace(cardLike, (run) => run.replace(/\p{Nd}/gu, "*"))
    .replace(control, " ")
    .toWellFormed();
  const isWhole = value.length <= lengthMax;
  return isWhole ? masked : masked.slice(0, lengthMax).toWellFormed() + cutMark;
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
  // Without a prototype, `__proto__` is a name like any other.
  const result: Record<string, Redacted> = Object.create(null);
  for (const [name, value] of entries) {
    if (budget.left <= 0) {
      result[cutMark] = cutMark;
      break;
    }
    result[taken(name, budget)] = isHidden(name, value) ? hidden : redactedValue(value, budget);
  }
  return result;
}

/** By its name. A check's result such as `pass` may be seen, a code has digits. */
function isHidden(name: string, value: unknown): boolean {
  if (value === null || value === "") return false;
  if (secretName.test(name)) return true;
  if (!codeName.test(name)) return false;
  return typeof value === "object" || /\p{Nd}/u.test(String(value));
}
