/**
 * Reads `metadata[key]=value` by Stripe's limits. The result says what to change: a value sets, an empty one removes
 * its key. The object has no prototype, so that a key named `__proto__` is a key.
 */

import { metadataLimits } from "../../core/parameters.ts";
import { shownName, shownValue } from "../../core/shown.ts";
import { type FormValue, isFormHash } from "../form/form-tree.ts";
import { invalidValue } from "./parameter-error.ts";
import { type Place, pathOf } from "./place.ts";
import { isLonger } from "./scalar.ts";

const { keyCountMax, keyLengthMax, valueLengthMax } = metadataLimits;

export function readMetadata(place: Place): (value: FormValue) => Record<string, string> {
  return (value) => {
    if (!isFormHash(value)) throw invalidValue(pathOf(place), "Invalid object");
    if (value.size > keyCountMax) {
      throw invalidValue(
        pathOf(place),
        `Metadata can have up to ${keyCountMax} keys, but you passed in ${value.size}.`,
      );
    }
    const change = Object.create(null) as Record<string, string>;
    for (const [key, entry] of value) change[key] = entryOf(place, key, entry);
    return change;
  };
}

function entryOf(place: Place, key: string, value: FormValue): string {
  const param = `${pathOf(place)}[${shownName(key)}]`;
  if (typeof value !== "string") throw invalidValue(param, "Invalid string: {…}");
  if (key === "") throw invalidValue(param, "Metadata keys cannot be empty.");
  if (isLonger(key, keyLengthMax)) {
    throw invalidValue(
      param,
      `Metadata keys can have up to ${keyLengthMax} characters, but you passed in a key that is ${lengthOf(key)} characters. Invalid key: ${shownValue(key)}`,
    );
  }
  if (isLonger(value, valueLengthMax)) {
    throw invalidValue(
      param,
      `Metadata values can have up to ${valueLengthMax} characters, but you passed in a value that is ${lengthOf(value)} characters. Invalid value: ${shownValue(value)}`,
    );
  }
  return value;
}

const lengthOf = (text: string): number => Array.from(text).length;
