/**
 * Chooses the reader of a single value by its schema. A card field is a scalar too: what arrives is the marker that the
 * vault's ingress put in place of the number, and what is read is the handle the marker stands for.
 */
import { readEmail, readUrl } from "./address.ts";
import type { Place } from "./place.ts";
import type { Read } from "./read.ts";
import {
  type ReadText,
  readBoolean,
  readCurrency,
  readDecimal,
  readInteger,
  readNumber,
  readText,
  readWord,
  scalar,
} from "./scalar.ts";
import { type Schema, wordsOf } from "./schema.ts";

const textLengthMax = 5000;

/** @throws Error when no form value can have the schema's type. */
export function compileScalar(schema: Schema, place: Place): Read {
  if (schema["x-vault"] !== undefined) return compileCardField(schema["x-vault"], place);
  const words = wordsOf(schema);
  if (words !== undefined) return scalar("string", place, readWord(place, words));
  switch (schema.type) {
    case "string":
      return scalar("string", place, textReader(schema, place));
    case "integer":
      return scalar("integer", place, readInteger(place, schema));
    case "number":
      return scalar("decimal", place, readNumber(place, schema));
    case "boolean":
      return scalar("boolean", place, readBoolean(place));
    default:
      throw new Error(`A parameter cannot have the type ${String(schema.type)}.`);
  }
}

function textReader(schema: Schema, place: Place): ReadText<string> {
  const maximum = schema.maxLength ?? textLengthMax;
  switch (schema.format) {
    case "currency":
      return readCurrency(place);
    case "decimal":
      return readDecimal(place);
    case "email":
      return readEmail(place, maximum);
    case "uri":
      return readUrl(place, maximum);
    case undefined:
      return readText(place, maximum);
    default:
      throw new Error(`A text parameter cannot have the format ${schema.format}.`);
  }
}

const cardMarker = /^card:(0|[1-9][0-9]{0,4})$/;
const cvcMarker = /^cvc:(?:0|[1-9][0-9]{0,4})$/;

/**
 * A value that is no marker means that the path was never given to the vault: a mistake of ours, in which a card number
 * would reach the operation. It fails as a bug, and the value appears nowhere.
 */
function compileCardField(field: "number" | "cvc", place: Place): Read {
  const readMarker = scalar("string", place, (text) => text);
  return (value, cards) => {
    const marker = readMarker(value);
    if (field === "cvc") {
      if (cvcMarker.test(marker)) return true;
      throw new Error("A card's CVC reached the parameters without passing the vault.");
    }
    const handle = cards[Number(cardMarker.exec(marker)?.[1] ?? -1)];
    if (handle !== undefined) return handle;
    throw new Error("A card's number reached the parameters without passing the vault.");
  };
}
