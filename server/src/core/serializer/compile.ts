/**
 * Compiles the schema of an answer into a function that writes it as `JSON.stringify(value, null, 2)` would, keys in
 * Stripe's order. Everything the schema fixes (names, order, indentation, literals) becomes text of the generated code,
 * so that a request pays only for its values. The code is generated from our own schemas alone, never from a request.
 */
import type { Static, TSchema } from "@sinclair/typebox";
import { expression } from "./generate.ts";
import { answerSchemaOf } from "./schema.ts";
import * as runtime from "./write-leaf.ts";

/** An answer's text, and how long it is on the wire. */
export interface SerializedText {
  readonly text: string;
  /** Bytes in UTF-8. */
  readonly size: number;
}

/**
 * @param indent levels by which the value stands indented where its text will be inserted.
 * @throws Error at start for a schema that cannot be written unambiguously. The serializer throws one for a value that
 * does not fit its schema, naming the field and never the value.
 */
export function compileSerializer<S extends TSchema>(
  schema: S,
  indent = 0,
): (value: Static<S>) => SerializedText {
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
  const areConstantsAscii = Buffer.byteLength(code) === code.length;
  // The generated code sees nothing but the functions that write leaves.
  const write = make(...Object.values(runtime));
  return (value) => {
    runtime.beginText();
    const text = write(value);
    // Counting walks over the whole text, so it is left out where the leaves have shown that there is nothing to count.
    return {
      size: areConstantsAscii && runtime.isTextAscii() ? text.length : Buffer.byteLength(text),
      text,
    };
  };
}
