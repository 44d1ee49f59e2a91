/** Whatever is declared, the builder makes the JSON Schema that the library it stands for makes, key by key. */
import { Type as library } from "@sinclair/typebox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Type } from "./schema-builder.ts";

/** How to make one schema with either of them. */
type Make = (builder: typeof Type) => ReturnType<typeof Type.Unsafe>;

const options = fc.option(
  fc.record(
    { description: fc.string(), maximum: fc.integer(), type: fc.constant("odd") },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

const leaf: fc.Arbitrary<Make> = fc.oneof(
  fc.tuple(fc.constantFrom("Boolean", "Integer", "Never", "Null", "Number", "String"), options).map(
    ([name, given]) =>
      (builder: typeof Type) =>
        builder[name as "String"](given) as never,
  ),
  fc.tuple(fc.oneof(fc.string(), fc.integer(), fc.boolean()), options).map(
    ([value, given]) =>
      (builder: typeof Type) =>
        builder.Literal(value, given) as never,
  ),
  options.map((given) => (builder: typeof Type) => builder.Unsafe(given ?? {}) as never),
);

const { schema } = fc.letrec<{ schema: Make }>((tie) => {
  const members = fc.array(tie("schema"), { maxLength: 4 });
  const named = fc.dictionary(fc.string(), fc.tuple(tie("schema"), fc.boolean()), { maxKeys: 4 });
  return {
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.tuple(tie("schema"), options).map(
        ([items, given]): Make =>
          (builder) =>
            builder.Array(items(builder), given) as never,
      ),
      fc.tuple(tie("schema"), options).map(
        ([value, given]): Make =>
          (builder) =>
            builder.Record(builder.String(), value(builder), given) as never,
      ),
      fc.tuple(members, options).map(
        ([each, given]): Make =>
          (builder) =>
            builder.Union(
              each.map((make) => make(builder)),
              given,
            ) as never,
      ),
      fc.tuple(named, options).map(
        ([each, given]): Make =>
          (builder) =>
            builder.Object(
              Object.fromEntries(
                Object.entries(each).map(([name, [make, isOptional]]) => [
                  name,
                  isOptional ? builder.Optional(make(builder)) : make(builder),
                ]),
              ),
              given,
            ) as never,
      ),
    ),
  };
});

describe("the schema builder", () => {
  test("makes the library's text of every schema", () => {
    fc.assert(
      fc.property(schema, (make) => {
        expect(JSON.stringify(make(Type))).toBe(JSON.stringify(make(library as never)));
      }),
      { numRuns: 2000 },
    );
  });

  test("leaves what it was given as it was", () => {
    const text = Type.String();
    expect(Type.Object({ a: Type.Optional(text), b: text }).required).toEqual(["b"]);
    expect(Type.Object({ a: text }).required).toEqual(["a"]);
  });
});
