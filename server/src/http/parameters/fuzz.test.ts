/**
 * Whatever a caller sends to whatever schema, reading it ends in a value or in one of the two errors that become a 400;
 * and what an SDK encodes from typed values is read back as the same values.
 */
import type { TSchema } from "@sinclair/typebox";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as p from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { FormError } from "../form/form-error.ts";
import { parseForm } from "../form/parse-form.ts";
import { compileParameters } from "./compile.ts";
import { ParameterError } from "./parameter-error.ts";

interface Sample {
  readonly schema: TSchema;
  /** A typed value, as the reader should return it. */
  readonly value: fc.Arbitrary<unknown>;
}

const words = fc
  .string({ maxLength: 12, minLength: 1, unit: "grapheme" })
  .filter((text) => !text.includes("\0") && text.isWellFormed());

const leaf: fc.Arbitrary<Sample> = fc.constantFrom<Sample[]>(
  { schema: p.text(), value: words },
  { schema: p.integer(), value: fc.maxSafeInteger().map((value) => value + 0) },
  { schema: p.amount({ maximum: 1000, minimum: -5 }), value: fc.integer({ max: 1000, min: -5 }) },
  { schema: p.flag(), value: fc.boolean() },
  { schema: p.currency(), value: fc.constantFrom("usd", "jpy") },
  { schema: p.oneOf(["a", "b"]), value: fc.constantFrom("a", "b") },
  { schema: p.clearable(p.text()), value: fc.oneof(fc.constant(null), words) },
  {
    schema: Type.Union([p.timestamp(), p.oneOf(["now"])]),
    value: fc.oneof(fc.nat(), fc.constant("now")),
  },
);

const names = ["amount", "card", "currency", "items", "metadata", "constructor", "0"];

const sample: fc.Arbitrary<Sample> = fc.letrec<{ hash: Sample; any: Sample }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    leaf,
    tie("hash"),
    tie("any").map(({ schema, value }) => ({
      schema: p.list(schema),
      value: fc.array(value, { maxLength: 3, minLength: 1 }),
    })),
  ),
  hash: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), tie("any"), fc.boolean()), {
      maxLength: 4,
      minLength: 1,
      selector: ([name]) => name,
    })
    .map((fields) => ({
      schema: p.hash(
        Object.fromEntries(
          fields.map(([name, { schema }, isOptional]) => [
            name,
            isOptional ? Type.Optional(schema) : schema,
          ]),
        ),
      ),
      value: fc.record(Object.fromEntries(fields.map(([name, { value }]) => [name, value])), {
        noNullPrototype: true,
      }),
    })),
})).hash;

/** An independent encoder: a null is an empty value, brackets are escaped or not, lists have indexes or not. */
function encode(value: unknown, name: string, isIndexed: boolean): string[] {
  if (typeof value !== "object" || value === null) {
    return [
      `${encodeURIComponent(name)}=${value === null ? "" : encodeURIComponent(String(value))}`,
    ];
  }
  const hasIndexes = isIndexed || Object.values(value).some((child) => typeof child === "object");
  return Object.entries(value).flatMap(([key, child]) => {
    const segment = Array.isArray(value) && !hasIndexes ? "" : key;
    return encode(child, name === "" ? key : `${name}[${segment}]`, isIndexed);
  });
}

test("typed values that an SDK encodes are read back as they were", () => {
  fc.assert(
    fc.property(
      sample.chain(({ schema, value }) => fc.tuple(fc.constant(schema), value, fc.boolean())),
      ([schema, value, isIndexed]) => {
        const read = compileParameters(schema as ReturnType<typeof p.hash>);
        const body = encode(value, "", isIndexed).join("&");
        expect(read(parseForm(Buffer.from(body)))).toEqual(value);
      },
    ),
    { numRuns: 500 },
  );
});

test("noise ends in a value, a FormError or a ParameterError, whatever the schema", () => {
  const name = fc
    .tuple(
      fc.constantFrom(...names, "__proto__", "amout"),
      fc.array(fc.constantFrom("", "0", "1", ...names), { maxLength: 4 }),
    )
    .map(([first, rest]) => first + rest.map((segment) => `[${segment}]`).join(""));
  const value = fc.constantFrom(
    "",
    "1",
    "-1",
    "abc",
    "true",
    "now",
    "usd",
    "9".repeat(30),
    "%ff",
    "%00",
    "\ud83d",
    "a".repeat(6000),
  );
  const body = fc
    .array(fc.tuple(name, value), { maxLength: 8 })
    .map((pairs) => pairs.map((pair) => pair.join("=")).join("&"));
  fc.assert(
    fc.property(sample, body, ({ schema }, text) => {
      const read = compileParameters(schema as ReturnType<typeof p.hash>);
      try {
        expect(typeof read(parseForm(text))).toBe("object");
      } catch (error) {
        if (!(error instanceof FormError || error instanceof ParameterError)) throw error;
        expect(error.message.length).toBeLessThan(3000);
      }
    }),
    { numRuns: 2000 },
  );
});
