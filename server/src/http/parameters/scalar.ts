/**
 * Readers of single values: each takes the string that was sent and returns the typed value or throws Stripe's error.
 * They are closures made once per position in a schema, and allocate nothing on the way to a valid value.
 */
import { currencies } from "../../core/money.ts";
import { shownValue } from "../../core/shown.ts";
import type { FormValue } from "../form/form-tree.ts";
import {
  alternatives,
  emptyParameter,
  invalidInteger,
  invalidValue,
  outOfBounds,
} from "./parameter-error.ts";
import { type Place, pathOf } from "./place.ts";

/** What the reader of one scalar needs to know of its schema. */
export interface ScalarRules {
  readonly format?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

export type ReadText<T> = (text: string) => T;

/** Wraps a reader of text: refuses lists, hashes and empty values before it is asked. */
export function scalar<T>(kind: string, place: Place, read: ReadText<T>): (value: FormValue) => T {
  return (value) => {
    if (typeof value !== "string") {
      throw invalidValue(pathOf(place), `Invalid ${kind}: ${Array.isArray(value) ? "[…]" : "{…}"}`);
    }
    if (value === "") throw emptyParameter(pathOf(place));
    return read(value);
  };
}

const integerPattern = /^[+-]?[0-9]+$/;

export function readInteger(place: Place, rules: ScalarRules): ReadText<number> {
  const minimum = rules.minimum ?? Number.NEGATIVE_INFINITY;
  const maximum = rules.maximum ?? Number.POSITIVE_INFINITY;
  return (text) => {
    const value = integerPattern.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw invalidInteger(pathOf(place), text);
    if (value < minimum) {
      throw outOfBounds(pathOf(place), `This value must be greater than or equal to ${minimum}.`);
    }
    if (value > maximum) {
      throw outOfBounds(pathOf(place), `This value must be less than or equal to ${maximum}.`);
    }
    // "-0" is the integer zero, which has no sign.
    return value + 0;
  };
}

export function readBoolean(place: Place): ReadText<boolean> {
  return (text) => {
    if (text === "true") return true;
    if (text === "false") return false;
    throw invalidValue(pathOf(place), `Invalid boolean: ${shownValue(text)}`);
  };
}

export function readWord(place: Place, words: readonly string[]): ReadText<string> {
  const known = new Set(words);
  return (text) => {
    if (known.has(text)) return text;
    const path = pathOf(place);
    throw invalidValue(path, `Invalid ${path}: must be one of ${alternatives(words)}`);
  };
}

const decimalPattern = /^[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?$/;

export function readDecimal(place: Place): ReadText<string> {
  return (text) => {
    if (decimalPattern.test(text)) return text;
    throw invalidValue(pathOf(place), `Invalid decimal: ${shownValue(text)}`);
  };
}

export function readNumber(place: Place, rules: ScalarRules): ReadText<number> {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = rules;
  return (text) => {
    const value = decimalPattern.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw invalidValue(pathOf(place), `Invalid decimal: ${shownValue(text)}`);
  };
}

const knownCurrencies = new Set(currencies);
const currencyList = currencies.join(", ");

export function readCurrency(place: Place): ReadText<string> {
  return (text) => {
    const code = text.toLowerCase();
    if (knownCurrencies.has(code)) return code;
    throw invalidValue(
      pathOf(place),
      `Invalid currency: ${shownValue(code)}. Stripe currently supports these currencies: ${currencyList}`,
    );
  };
}

/** @param maximum characters (code points), as Stripe counts them. */
export function readText(place: Place, maximum: number): ReadText<string> {
  return (text) => {
    if (text.length > maximum && isLonger(text, maximum)) {
      throw invalidValue(
        pathOf(place),
        `Invalid string: ${shownValue(text)}; must be at most ${maximum} characters`,
      );
    }
    return text;
  };
}

/** Whether the text has more than `maximum` characters; an astral character is two units long but counts once. */
export function isLonger(text: string, maximum: number): boolean {
  if (text.length <= maximum) return false;
  if (text.length > 2 * maximum) return true;
  let count = 0;
  for (const _ of text) count += 1;
  return count > maximum;
}
