/**
 * Compiles the schema of an answer into a function that writes it as `JSON.stringify(value, null, 2)` would, keys in
 * Stripe's order. Everything the schema fixes (names, order, indentation, literals) becomes text of the generated code,
 * so that a request pays only for its values. The code is generated from our own schemas alone, never from a request.
 */
import type { Static, TSchema } from "@sinclair/typebox";
import { expression } from "./generate.ts";
import { answerSchemaOf } from "./schema.ts";
import { writeJson } from "./write-json.ts";
import * as leaf from "./write-leaf.ts";

/** What the generated code may call; it sees nothing else of this module. */
const runtime = { ...leaf, writeJson };

/**
 * @param indent levels by which the value stands indented where its text will be inserted.
 * @throws Error at start for a schema that cannot be written unambiguously. The serializer throws one for a value that
 * does not fit its schema, naming the field and never the value.
 */
export function compileSerializer<S extends TSchema>(
  schema: S,
  indent = 0,
): (value: Static<S>) => string {
  const functions: string[] = [];
  const whole = expression(answerSchemaOf(schema), {
    before: "",
    depth: indent,
    field: "",
    functions,
    value: "value",
  });
  const code = ['"use strict";', ...functions, `return (value) => ${whole};`].join("\n");
  const make = new Function(...Object.keys(runtime), code) as (
    ...called: readonly unknown[]
  ) => (value: Static<S>) => string;
  return make(...Object.values(runtime));
}
