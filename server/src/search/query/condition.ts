/**
 * Turns a parsed clause into a condition on rows of one resource: the field exists, its type takes the operator, and
 * the value can be compared with it. The condition is the truth about a row; the index only finds candidates for it.
 */
import { shownValue } from "../../core/shown.ts";
import type { Row, Table } from "../../store/table.ts";
import type { Searchable, SearchField } from "../fields.ts";
import { folded, hasSubstring, hasWords, substringLengthMin, wordsOf } from "../index/words.ts";
import { type Clause, type Operator, queryError, unsupportedField } from "./parse-query.ts";

/** What a clause asks of a value that is there, or that there is none. Bounds are inclusive integers. */
type Test =
  | { readonly kind: "absent" }
  | { readonly kind: "equals"; readonly text: string }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "substring"; readonly part: string }
  | { readonly kind: "range"; readonly low: number; readonly high: number };

export interface Condition {
  /** The field's name, or null for a metadata key. */
  readonly field: string | null;
  readonly key: string | undefined;
  readonly type: SearchField<unknown>["type"];
  readonly isNullable: boolean;
  readonly test: Test;
  readonly isNegated: boolean;
}

/** @throws ApiError 400 on `query`. */
export function conditionOf(searchable: Searchable, clause: Clause): Condition {
  const { field: name, isNegated, key } = clause;
  if (key !== undefined) {
    if (name.toLowerCase() !== "metadata" || searchable.metadata === undefined) {
      throw unsupportedField(`${name}[${key}]`, searchable.plural);
    }
    return {
      field: null,
      isNegated,
      isNullable: true,
      key,
      test: testOf("token", clause),
      type: "token",
    };
  }
  const field = Object.hasOwn(searchable.fields, name) ? searchable.fields[name] : undefined;
  if (field === undefined) throw unsupportedField(name, searchable.plural);
  const { isNullable, type } = field;
  return { field: name, isNegated, isNullable, key, test: testOf(type, clause), type };
}

/** Whether the row meets the condition. */
export function holds(searchable: Searchable, condition: Condition, row: Row<Table>): boolean {
  const value = fieldValue(searchable, condition, row);
  return passes(condition.test, value) !== condition.isNegated;
}

function fieldValue(
  searchable: Searchable,
  { field, key }: Condition,
  row: Row<Table>,
): string | number | null {
  if (field !== null) return searchable.fields[field]?.read(row) ?? null;
  const metadata = searchable.metadata?.(row) ?? {};
  return key !== undefined && Object.hasOwn(metadata, key) ? (metadata[key] ?? null) : null;
}

function passes(test: Test, value: string | number | null): boolean {
  if (value === null) return test.kind === "absent";
  switch (test.kind) {
    case "absent":
      return false;
    case "equals":
      return folded(String(value)) === test.text;
    case "words":
      return hasWords(String(value), test.words);
    case "substring":
      return hasSubstring(String(value), test.part);
    case "range":
      return Number(value) >= test.low && Number(value) <= test.high;
  }
}

function testOf(type: SearchField<unknown>["type"], clause: Clause): Test {
  const { operator, value } = clause;
  if (value === null) return { kind: "absent" };
  if (type === "numeric" || type === "created") return rangeOf(clause, value);
  if (operator === "~" && type === "string") return substringOf(clause, value);
  if (operator !== ":") throw unsupportedOperator(clause);
  return type === "string"
    ? { kind: "words", words: wordsOf(value) }
    : { kind: "equals", text: folded(value) };
}

function substringOf(clause: Clause, value: string): Test {
  if (folded(value).length < substringLengthMin) {
    throw queryError(
      `The substring for field \`${clause.field}\` is too short: it needs at least ${substringLengthMin} characters.`,
    );
  }
  return { kind: "substring", part: value };
}

const unsupportedOperator = ({ field, key, operator }: Clause) =>
  queryError(
    `The operator \`${operator}\` is not supported for field \`${key === undefined ? field : `${field}["${shownValue(key)}"]`}\`.`,
  );

const bounds: { readonly [Sign in Exclude<Operator, "~">]: (n: number) => [number, number] } = {
  ":": (n) => [Math.ceil(n), Math.floor(n)],
  ">": (n) => [Math.floor(n) + 1, Infinity],
  ">=": (n) => [Math.ceil(n), Infinity],
  "<": (n) => [-Infinity, Math.ceil(n) - 1],
  "<=": (n) => [-Infinity, Math.floor(n)],
};

/** Fields hold integers, so a fraction only decides on which side of it they lie. */
function rangeOf(clause: Clause, value: string): Test {
  if (clause.operator === "~") throw unsupportedOperator(clause);
  if (!/^-?[0-9]{1,20}(?:[.][0-9]{1,20})?$/.test(value)) {
    throw queryError(
      `The value for field \`${clause.field}\` must be a number: ${shownValue(value)}`,
    );
  }
  const [low, high] = bounds[clause.operator](Number(value));
  return { high: withinIntegers(high), kind: "range", low: withinIntegers(low) };
}

const withinIntegers = (bound: number): number =>
  Math.min(Math.max(bound, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
