/**
 * The index may lead to rows that a query does not ask for, but it never hides one that it does: whoever meets a
 * condition stands in every union that the condition is looked up in, and has no term that excludes it.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row, Table } from "../../store/table.ts";
import { defineTable, integer, json, nullable, text } from "../../store/table.ts";
import {
  numeric,
  type Searchable,
  searchable,
  stringOrNull,
  token,
  tokenOrNull,
} from "../fields.ts";
import { conditionOf, holds } from "../query/condition.ts";
import type { Clause, Operator } from "../query/parse-query.ts";
import { coverOf, termsOfRow } from "./terms.ts";

const things = defineTable("things", {
  account_id: text,
  id: text,
  size: integer,
  kind: text,
  owner: nullable(text),
  title: nullable(text),
  metadata: json<Readonly<Record<string, string>>>(),
});
type Thing = Row<typeof things>;

const searchableThings: Searchable = searchable<typeof things>({
  edition: 1,
  fields: {
    kind: token((row) => row.kind),
    owner: tokenOrNull((row) => row.owner),
    size: numeric((row) => row.size),
    title: stringOrNull((row) => row.title),
  },
  kind: "thing",
  metadata: (row) => row.metadata,
  plural: "things",
  table: things,
});

/** Few different texts and numbers, so that many rows match, and strange ones. */
const words = fc.oneof(
  fc.constantFrom(
    "Amy",
    "amy pond",
    "POND",
    "Éa",
    "ﬁne ink",
    "İstanbul",
    "a-b c",
    "😀😀😀",
    "",
    "null",
  ),
  fc.string({ unit: "binary" }),
);
const numbers = fc.oneof(fc.integer({ max: 300, min: -300 }), fc.maxSafeInteger());

const rows: fc.Arbitrary<Thing> = fc.record({
  account_id: fc.constant("acct_1"),
  id: fc.constant("thing_1"),
  kind: words,
  metadata: fc.dictionary(fc.constantFrom("a", "b", "__proto__"), words, { noNullPrototype: true }),
  owner: fc.option(words),
  size: numbers,
  title: fc.option(words),
});

const clauseOf = (
  field: string,
  key: string | undefined,
  [operator, value]: readonly [Operator, string | null],
): Clause => ({ field, isNegated: false, key, operator, value });

const equal = fc.tuple(fc.constant<Operator>(":"), fc.option(words));
const comparison = fc.tuple(
  fc.constantFrom<Operator>(":", ">", ">=", "<", "<="),
  numbers.map(String),
);
const substring = fc.tuple(
  fc.constant<Operator>("~"),
  words.filter((part) => part.normalize("NFKC").toLowerCase().length >= 3),
);

const clauses: fc.Arbitrary<Clause> = fc
  .oneof(
    fc
      .tuple(fc.constantFrom("kind", "owner", "title"), equal)
      .map(([field, asked]) => clauseOf(field, undefined, asked)),
    substring.map((asked) => clauseOf("title", undefined, asked)),
    comparison.map((asked) => clauseOf("size", undefined, asked)),
    fc
      .tuple(fc.constantFrom("a", "b", "toString"), equal)
      .map(([key, asked]) => clauseOf("metadata", key, asked)),
  )
  .chain((clause) => fc.boolean().map((isNegated) => ({ ...clause, isNegated })));

test("whoever meets a condition is found by every way of looking for it", () => {
  let metCount = 0;
  fc.assert(
    fc.property(rows, clauses, (thing, clause) => {
      const row = thing as unknown as Row<Table>;
      const condition = conditionOf(searchableThings, clause);
      if (!holds(searchableThings, condition, row)) return;
      metCount += 1;
      const terms = termsOfRow(searchableThings, row);
      const { excluded, others, unions } = coverOf(searchableThings, condition);
      for (const union of unions) expect(union.some((term) => terms.includes(term))).toBe(true);
      expect(terms).not.toContain(excluded);
      if (others === undefined) return;
      const { but, from, to } = others;
      const found = terms.filter((term) => term >= from && term <= to && !but.includes(term));
      expect(found.length).toBeGreaterThan(0);
    }),
    { numRuns: 5000 },
  );
  expect(metCount).toBeGreaterThan(500);
});

test("terms are safe integers, each once, and do not hold what they stand for", () => {
  fc.assert(
    fc.property(rows, (row) => {
      const terms = termsOfRow(searchableThings, row as unknown as Row<Table>);
      expect(terms.every((term) => Number.isSafeInteger(term) && term >= 0)).toBe(true);
      expect(new Set(terms).size).toBe(terms.length);
    }),
  );
});

test("a very long text has a bounded number of terms", () => {
  const long = Array.from({ length: 20_000 }, (_, index) => String(index)).join(" ");
  const row = {
    kind: "",
    metadata: {},
    owner: null,
    size: 0,
    title: long,
  } as unknown as Row<Table>;
  expect(termsOfRow(searchableThings, row).length).toBeLessThan(1100);
});
