/**
 * A column of many rows as one parameter: an array in PostgreSQL's binary form, in which neither side has to look for
 * quotes. The statement stays the same however many rows there are.
 */
import type { Bound } from "../codec.ts";
import type { Column } from "../table.ts";

type Kind = Column["kind"];

/** What a statement casts the parameter to. */
export const arrayTypes: Readonly<Record<Kind, string>> = {
  boolean: "boolean[]",
  bytes: "bytea[]",
  integer: "bigint[]",
  json: "text[]",
  text: "text[]",
};

const elementOids: Readonly<Record<Kind, number>> = {
  boolean: 16,
  bytes: 17,
  integer: 20,
  json: 25,
  text: 25,
};

/** Dimensions, whether there are nulls, the elements' type, their number, the number of the first. */
const headerSize = 20;
const isNull = -1;

/** @param values at least one, as the codec of a column of this kind encodes them. */
export function arrayParameter(kind: Kind, values: readonly Bound[]): Buffer {
  let size = headerSize + 4 * values.length;
  let hasNulls = 0;
  for (const value of values) {
    if (value === null) hasNulls = 1;
    else size += sizeOf(value);
  }
  const array = Buffer.allocUnsafe(size);
  let at = 0;
  for (const word of [1, hasNulls, elementOids[kind], values.length, 1]) {
    at = array.writeInt32BE(word, at);
  }
  for (const value of values) at = writeElement(array, at, value);
  return array;
}

function sizeOf(value: NonNullable<Bound>): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return 8;
  return typeof value === "boolean" ? 1 : value.length;
}

function writeElement(array: Buffer, at: number, value: Bound): number {
  if (value === null) return array.writeInt32BE(isNull, at);
  if (typeof value === "string") {
    const length = array.write(value, at + 4);
    array.writeInt32BE(length, at);
    return at + 4 + length;
  }
  const from = array.writeInt32BE(sizeOf(value), at);
  if (typeof value === "number") {
    const high = Math.floor(value / 2 ** 32);
    return array.writeUInt32BE(value - high * 2 ** 32, array.writeInt32BE(high, from));
  }
  if (typeof value === "boolean") return array.writeUInt8(Number(value), from);
  array.set(value, from);
  return from + value.length;
}
