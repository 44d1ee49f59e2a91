/**
 * The query language: what is written is what is read, and whatever else is sent is refused in a sentence, at once.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { cpuMsOf } from "../../../../tests/support/cpu-time.ts";
import { ApiError } from "../../core/errors.ts";
import { type Clause, parseQuery, type SearchQuery } from "./parse-query.ts";

const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

const written = ({ field, isNegated, key, operator, value }: Clause): string =>
  `${isNegated ? "-" : ""}${field}${key === undefined ? "" : `[${quoted(key)}]`}${operator}${value === null ? "null" : quoted(value)}`;

const operators = [":", "~", ">", ">=", "<", "<="] as const;

const clauses: fc.Arbitrary<Clause> = fc
  .record({
    field: fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}([.][a-z0-9_]{1,5}){0,2}$/),
    isNegated: fc.boolean(),
    key: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
    operator: fc.constantFrom(...operators),
    value: fc.option(fc.string({ unit: "binary" })),
  })
  .map((clause) => (clause.value === null ? { ...clause, operator: ":" as const } : clause));

test("every query that can be written is read back as it was meant", () => {
  const joiners = fc.constantFrom(" ", "\t ", " AND ", " and ");
  fc.assert(
    fc.property(
      fc.array(clauses, { maxLength: 10, minLength: 1 }),
      fc.constantFrom("and", "or"),
      joiners,
      (list, joinedBy, space) => {
        const isAlternative = joinedBy === "or" && list.length > 1;
        const query: SearchQuery = { clauses: list, joinedBy: isAlternative ? "or" : "and" };
        const text = list.map(written).join(isAlternative ? " Or " : space);
        expect(parseQuery(` ${text} `)).toEqual(query);
      },
    ),
  );
});

test.each([
  ['email:"amy@rocketrides.io"', { field: "email", operator: ":", value: "amy@rocketrides.io" }],
  ["name:'Jane \\'J\\' Doe'", { field: "name", operator: ":", value: "Jane 'J' Doe" }],
  ["metadata['key']:\"value\"", { field: "metadata", key: "key", operator: ":", value: "value" }],
  ['-metadata["key"]:null', { field: "metadata", isNegated: true, key: "key", value: null }],
  ["amount>=1000", { field: "amount", operator: ">=", value: "1000" }],
  ["payment_method_details.card.last4:4242", { operator: ":", value: "4242" }],
])("the documented form %s is read", (text, clause) => {
  expect(parseQuery(text)).toMatchObject({ clauses: [clause], joinedBy: "and" });
});

const sentence =
  'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for metadata or key:"value" to query for other fields.';

test.each([
  "",
  "  ",
  "email",
  "email:",
  "email:amy",
  'email:"amy',
  'email "amy"',
  '"amy"',
  'email:"amy"name:"amy"',
  'email:"amy" AND',
  'AND email:"amy"',
  'email:"amy" AND AND name:"amy"',
  '(email:"amy")',
  'metadata[key]:"value"',
  'metadata["key":"value"',
  '--email:"amy"',
  "amount>null",
  "amount=1",
])("%j is refused with Stripe's sentence", (text) => {
  expect(() => parseQuery(text)).toThrow(
    expect.objectContaining({
      details: expect.objectContaining({ param: "query" }),
      message: sentence,
      status: 400,
    }),
  );
});

test("AND and OR do not mix, and eleven clauses are too many", () => {
  expect(() => parseQuery("a:1 AND b:1 OR c:1")).toThrow("cannot combine AND with OR");
  expect(() => parseQuery("a:1 b:1 OR c:1")).toThrow("cannot combine AND with OR");
  expect(parseQuery(Array(10).fill("a:1").join(" ")).clauses).toHaveLength(10);
  expect(() => parseQuery(Array(11).fill("a:1").join(" "))).toThrow("up to 10 clauses");
});

test("whatever is sent is read or refused, never anything else", () => {
  const pieces = fc.constantFrom('"', "'", "\\", "[", "]", ":", "-", ">", "=", " ", "or", "null");
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 }))).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        expect(parseQuery(text).clauses.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each(['"', "a.", "-", "\\", 'a:"\\', 'a:"\\"', "[", " ", "a:1 ", "0"])(
  "ten thousand characters of %j take milliseconds",
  (piece) => {
    const text = `a:"${piece.repeat(10_000 / piece.length)}`;
    const took = cpuMsOf(() => {
      for (const candidate of [text, text.slice(3)]) {
        expect(() => parseQuery(candidate)).toThrow(ApiError);
      }
    });
    expect(took).toBeLessThan(500);
  },
);
