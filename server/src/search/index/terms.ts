/**
 * The terms under which a row stands in the index, and those under which the rows of a condition are found. A term is
 * one integer: 20 bits say which field, 32 bits what of its value. Different things may share a number, and no harm is
 * done, because every row that is found is compared with the query itself; no name or address stands in the index.
 */
import { hash } from "node:crypto";
import type { Row, Table } from "../../store/table.ts";
import type { Searchable, SearchField } from "../fields.ts";
import type { Condition } from "../query/condition.ts";
import { termsOfNumber, termsOfRange } from "./number-terms.ts";
import { folded, trigramsOf, wordsOf } from "./words.ts";

/** A value of a thousand characters and more is found by its beginning. */
const termCountOfFieldMax = 1000;

const fieldCount = 2 ** 20;
const valueCount = 2 ** 32;

const absent = "absent";
const present = "present";

/** Every term of the row, ascending, each once. */
export function termsOfRow(searchable: Searchable, row: Row<Table>): readonly number[] {
  const terms = new Set<number>();
  for (const [name, field] of Object.entries(searchable.fields)) {
    const base = fieldBase(searchable, name);
    for (const text of textsOfField(field, field.read(row))) terms.add(base + valueNumber(text));
  }
  for (const [key, value] of Object.entries(searchable.metadata?.(row) ?? {})) {
    const base = metadataBase(searchable, key);
    terms.add(base + valueNumber(present)).add(base + valueNumber(exact(value)));
  }
  return [...terms].sort((a, b) => a - b);
}

function textsOfField(
  { isNullable, type }: SearchField<never>,
  value: string | number | null,
): readonly string[] {
  if (type === "created") return [];
  if (value === null) return [absent];
  const texts = type === "numeric" ? termsOfNumber(Number(value)) : textsOf(type, String(value));
  return isNullable ? [present, ...texts] : texts;
}

function textsOf(type: "token" | "string", value: string): readonly string[] {
  if (type === "token") return [exact(value)];
  const words = wordsOf(value).map(word);
  return [...words, ...trigramsOf(value).map(trigram)].slice(0, termCountOfFieldMax);
}

const exact = (value: string): string => `=${folded(value)}`;
const word = (text: string): string => `w${text}`;
const trigram = (text: string): string => `~${text}`;

/** Where rows of a condition are found. Each union of terms alone has all of them, and others besides. */
export interface Cover {
  /** None when the index cannot tell, and every row is a candidate. */
  readonly unions: readonly (readonly number[])[];
  /** A term that no row of the condition has. */
  readonly excluded?: number;
  /** The rows are those with any value of this field but one: its other terms are for the reader to find. */
  readonly others?: OtherValues;
}

/** Terms of a field lie side by side. */
interface OtherValues {
  readonly from: number;
  readonly to: number;
  /** No values that count: the one that is not wanted, and the mark of all values. */
  readonly but: readonly number[];
}

/** Few are enough to find the rarest: the terms of one value are seldom all frequent. */
const unionCountMax = 6;

const anyRow: Cover = { unions: [] };

export function coverOf(searchable: Searchable, condition: Condition): Cover {
  if (condition.type === "created") return anyRow;
  const base =
    condition.key === undefined
      ? fieldBase(searchable, condition.field ?? "")
      : metadataBase(searchable, condition.key);
  const number = (text: string): number => base + valueNumber(text);
  return condition.isNegated ? negatedCover(condition, base) : plainCover(condition, number);
}

function plainCover({ key, test }: Condition, number: (text: string) => number): Cover {
  switch (test.kind) {
    case "absent":
      // Nobody can list the keys that a row does not have.
      return key === undefined
        ? { unions: [[number(absent)]] }
        : { excluded: number(present), unions: [] };
    case "equals":
      return { unions: [[number(`=${test.text}`)]] };
    case "range":
      return { unions: [termsOfRange(test.low, test.high).map(number)] };
    case "words":
      return { unions: spread(test.words.map((text) => [number(word(text))])) };
    case "substring":
      return { unions: spread(trigramsOf(test.part).map((text) => [number(trigram(text))])) };
  }
}

function negatedCover({ isNullable, key, test }: Condition, base: number): Cover {
  const number = (text: string): number => base + valueNumber(text);
  switch (test.kind) {
    case "absent":
      return isNullable ? { unions: [[number(present)]] } : anyRow;
    case "equals": {
      const excluded = number(`=${test.text}`);
      // A row without the key has no term of it, and is one of those that are asked for.
      if (key !== undefined) return { excluded, unions: [] };
      const but = [excluded, number(present)];
      return { excluded, others: { but, from: base, to: base + valueCount - 1 }, unions: [] };
    }
    case "range": {
      const { high, low } = test;
      const texts = [
        ...(low > Number.MIN_SAFE_INTEGER ? termsOfRange(Number.MIN_SAFE_INTEGER, low - 1) : []),
        ...(high < Number.MAX_SAFE_INTEGER ? termsOfRange(high + 1, Number.MAX_SAFE_INTEGER) : []),
        ...(isNullable ? [absent] : []),
      ];
      return { unions: [texts.map(number)] };
    }
    default:
      return anyRow;
  }
}

/** At most a few of many, from all over. Words of a value that has none are a union of nothing: no row has them. */
function spread(unions: readonly (readonly number[])[]): readonly (readonly number[])[] {
  if (unions.length === 0) return [[]];
  const step = Math.ceil(unions.length / unionCountMax);
  return unions.filter((_, index) => index % step === 0);
}

const fieldBases = new WeakMap<Searchable, Map<string, number>>();

/** Remembered, because every row has the same fields. */
function fieldBase(searchable: Searchable, name: string): number {
  let bases = fieldBases.get(searchable);
  if (bases === undefined) {
    bases = new Map();
    fieldBases.set(searchable, bases);
  }
  let base = bases.get(name);
  if (base === undefined) {
    base = baseOf(`${searchable.kind} ${name}`);
    bases.set(name, base);
  }
  return base;
}

const metadataBase = (searchable: Searchable, key: string): number =>
  baseOf(`${searchable.kind} metadata[${key}]`);

const baseOf = (field: string): number => (digestNumber(field) % fieldCount) * valueCount;
const valueNumber = (text: string): number => digestNumber(text);

/** 32 bits. Spread well is all that they must be. */
const digestNumber = (text: string): number => hash("sha256", text, "buffer").readUInt32BE();
