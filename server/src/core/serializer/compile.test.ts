/**
 * The compiled serializer against `JSON.stringify`: whatever schema it is compiled from and whatever value fits, the
 * text is the same, keys in Stripe's order; a value that does not fit is never written.
 */
import type { TSchema } from "@sinclair/typebox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Type } from "../schema-builder.ts";
import { compileSerializer } from "./compile.ts";
import {
  countedListOf,
  expandable,
  listOf,
  nullable,
  openMap,
  resource,
  unknown,
} from "./types.ts";

/** Stripe's order, written differently from the code under test. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const { id, object, ...rest } = value as Record<string, unknown>;
  const names = Object.keys(rest).sort();
  const entries = names.map((name) => [name, ordered(rest[name])] as const);
  return {
    ...(id === undefined ? {} : { id: ordered(id) }),
    ...(object === undefined ? {} : { object: ordered(object) }),
    ...Object.fromEntries(entries),
  };
}

const expected = (value: unknown): string => JSON.stringify(ordered(value), null, 2);

interface Sample {
  readonly schema: TSchema;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\u2028", "\ud800", "é", "\u0007") }),
);

// Keys that look like indexes come first in every JavaScript object, so no order could be compared there.
const name = fc.stringMatching(/^[a-z_"\\ é]{1,8}$/).filter((key) => key !== "__proto__");

const leafSample: fc.Arbitrary<Sample> = fc.constantFrom(
  { schema: Type.String(), value: text },
  { schema: Type.Integer(), value: fc.maxSafeInteger() },
  { schema: Type.Number(), value: fc.double({ noDefaultInfinity: true, noNaN: true }) },
  { schema: Type.Boolean(), value: fc.boolean() },
  { schema: Type.Null(), value: fc.constant(null) },
  { schema: Type.Literal('say "hi"'), value: fc.constant('say "hi"') },
  { schema: Type.Unsafe<string>({ enum: ["a", "b"] }), value: fc.constantFrom("a", "b") },
  {
    schema: unknown(),
    value: fc.array(fc.dictionary(name, fc.oneof(text, fc.double(), fc.constant(undefined)))),
  },
);

const sample: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample; object: Sample }>((tie) => ({
  object: fc
    .dictionary(
      fc.oneof(name, fc.constantFrom("id", "object")),
      fc.tuple(tie("sample"), fc.boolean()),
      {
        maxKeys: 6,
      },
    )
    .map((fields) => {
      const entries = Object.entries(fields);
      const required = entries.filter(([, [, isOptional]]) => !isOptional).map(([key]) => key);
      return {
        schema: Type.Object(
          Object.fromEntries(
            entries.map(([key, [field, isOptional]]) => [
              key,
              isOptional ? Type.Optional(field.schema) : field.schema,
            ]),
          ),
        ),
        value: fc.record(Object.fromEntries(entries.map(([key, [field]]) => [key, field.value])), {
          noNullPrototype: true,
          requiredKeys: required,
        }),
      };
    }),
  sample: fc.oneof(
    { maxDepth: 4 },
    leafSample,
    tie("object"),
    tie("object").map(({ schema, value }) => ({
      schema: nullable(expandable(schema)),
      value: fc.oneof(fc.constant(null), text, value),
    })),
    leafSample
      .filter(({ schema }) => schema["type"] !== "null" && schema["type"] !== undefined)
      .map(({ schema, value }) => ({
        schema: nullable(schema),
        value: fc.oneof(fc.constant(null), value),
      })),
    tie("sample").map(({ schema, value }) => ({
      schema: Type.Array(schema),
      value: fc.array(value, { maxLength: 4 }),
    })),
  ),
})).sample;

describe("what is written", () => {
  test("equals JSON.stringify with two spaces and sorted keys, for any schema and value", () => {
    fc.assert(
      fc.property(
        sample.chain(({ schema, value }) => fc.tuple(fc.constant(schema), value)),
        ([schema, value]) => {
          const written = compileSerializer(schema)(value as never);
          expect(written.text).toBe(expected(value));
          expect(written.size).toBe(Buffer.byteLength(expected(value)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("an indented serializer writes what belongs inside an object", () => {
    const Inner = resource({ a: Type.Array(Type.Integer()), b: openMap(), id: Type.String() });
    const value = { a: [1, 2], b: { k: "v" }, id: "x" };
    const inner = compileSerializer(Inner, 1)(value).text;
    expect(`{\n  "inner": ${inner}\n}`).toBe(expected({ inner: value }));
  });

  test("a map keeps the caller's own order and any key, and is {} when empty", () => {
    const write = compileSerializer(resource({ metadata: openMap() }));
    const metadata = JSON.parse('{"z":"1","a":"2","__proto__":"3","q\\"\\n":"4"}') as Record<
      string,
      string
    >;
    expect(write({ metadata }).text).toBe(JSON.stringify({ metadata }, null, 2));
    expect(write({ metadata: {} }).text).toBe('{\n  "metadata": {}\n}');
    expect(
      JSON.parse(write({ metadata: Object.assign(Object.create(null), { k: "v" }) }).text),
    ).toEqual({
      metadata: { k: "v" },
    });
  });

  test("lists come in Stripe's order, with a count only where it is declared", () => {
    const Thing = resource({ id: Type.String(), object: Type.Literal("thing") });
    const list = {
      data: [{ id: "a", object: "thing" as const }],
      has_more: false,
      object: "list" as const,
    };
    const plain = compileSerializer(listOf(Thing, "/v1/things"))({
      ...list,
      url: "/v1/things",
    }).text;
    expect(Object.keys(JSON.parse(plain))).toEqual(["object", "data", "has_more", "url"]);
    const counted = compileSerializer(countedListOf(Thing, "/v1/things/:id/parts"));
    const { text } = counted({ ...list, total_count: 1, url: "/v1/things/a/parts" });
    expect(Object.keys(JSON.parse(text))).toEqual([
      "object",
      "data",
      "has_more",
      "total_count",
      "url",
    ]);
    expect(text).toBe(expected(JSON.parse(text)));
  });

  test("keys stay as declared where the schema asks for it", () => {
    const schema = Type.Object(
      { b: Type.Integer(), a: Type.Integer() },
      { "x-keys-order": "declared" },
    );
    expect(compileSerializer(schema)({ a: 1, b: 2 }).text).toBe('{\n  "b": 2,\n  "a": 1\n}');
  });

  test("a named resource is written expanded, with its keys in order at every level", () => {
    const write = compileSerializer(resource({ customer: nullable(expandable("customer")) }));
    expect(write({ customer: "cus_1" }).text).toBe('{\n  "customer": "cus_1"\n}');
    expect(write({ customer: null }).text).toBe('{\n  "customer": null\n}');
    const customer = { zip: 1, a: { object: "x", id: "y" }, id: "cus_1", object: "customer" };
    expect(write({ customer }).text).toBe(expected({ customer }));
  });
});

describe("alternatives", () => {
  const Full = resource({
    id: Type.String(),
    name: Type.String(),
    object: Type.Literal("customer"),
  });
  const Stub = resource({
    deleted: Type.Literal(true),
    id: Type.String(),
    object: Type.Literal("customer"),
  });
  const Other = resource({ amount: Type.Integer(), object: Type.Literal("charge") });

  test("resources are told apart by their literals, a deleted stub from the whole object", () => {
    const write = compileSerializer(Type.Union([Type.String(), Full, Stub, Other]));
    for (const value of [
      "cus_1",
      { id: "cus_1", name: "J", object: "customer" as const },
      { deleted: true as const, id: "cus_1", object: "customer" as const },
      { amount: 5, object: "charge" as const },
    ]) {
      expect(write(value).text).toBe(expected(value));
    }
    expect(() => write({ object: "refund" } as never)).toThrow("The answer must be");
  });

  test("objects that no literal tells apart are refused when compiled", () => {
    const A = Type.Object({ a: Type.String() });
    const B = Type.Object({ b: Type.String() });
    expect(() => compileSerializer(Type.Union([A, B]))).toThrow("no literal tells apart");
  });
});

describe("a value that breaks its schema", () => {
  const write = compileSerializer(
    resource({
      amount: Type.Integer(),
      child: nullable(Type.Object({ name: Type.String() })),
      is: Type.Boolean(),
      tags: Type.Array(Type.String()),
    }),
  );
  const valid = { amount: 1, child: { name: "n" }, is: true, tags: ["t"] };

  test.each([
    ["amount", { ...valid, amount: Number.NaN }],
    ["amount", { ...valid, amount: 1.5 }],
    ["amount", { ...valid, amount: undefined }],
    ["child", { ...valid, child: undefined }],
    ["child.name", { ...valid, child: { name: null } }],
    ["is", { ...valid, is: "true" }],
    ["tags[]", { ...valid, tags: ["t", 4242424242424242] }],
    ["tags", { ...valid, tags: "t" }],
  ])("is never written: %s is named and its value is not", (field, value) => {
    expect(() => write(value as never)).toThrow(`field ${field} must be`);
    expect(() => write(value as never)).not.toThrow(/4242/);
  });

  test("a cycle inside unknown JSON ends in an error, not in a stack overflow", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => compileSerializer(unknown())(cycle)).toThrow("nested too deeply");
  });

  test("names from a schema cannot become code", () => {
    const evil = 'x"]; throw new Error("ran"); //\u2028$`\\';
    const schema = Type.Object({ [evil]: Type.String(), [`${evil}" + "`]: Type.Literal('" + "') });
    const value = { [evil]: "v", [`${evil}" + "`]: '" + "' };
    expect(compileSerializer(schema)(value as never).text).toBe(expected(value));
  });
});
