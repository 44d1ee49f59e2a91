/**
 * Builds the JSON Schemas that declare parameters and answers; TypeBox infers their TypeScript types. Of that library only
 * the types are used: its code is two hundred modules, a fifth of a cold start, and the declarations need a dozen
 * functions of one line. What they build is what the library builds, to the order of its keys: a test compares them.
 */
import type { SchemaOptions, TProperties, TSchema } from "@sinclair/typebox";

type Library = typeof import("@sinclair/typebox").Type;
type Builder = Pick<
  Library,
  | "Array"
  | "Boolean"
  | "Integer"
  | "Literal"
  | "Never"
  | "Null"
  | "Number"
  | "Object"
  | "Optional"
  | "Record"
  | "String"
  | "Union"
  | "Unsafe"
>;

/** Marks what an object may lack. A symbol, so that it is in no JSON. */
const optional = Symbol("optional");
type Marked = TSchema & { readonly [optional]?: true };

const simple =
  (type: string) =>
  (options: SchemaOptions = {}): object => ({ ...options, type });

function object(properties: TProperties, options: SchemaOptions = {}): object {
  const required = Object.keys(properties).filter(
    (name) => (properties[name] as Marked)[optional] === undefined,
  );
  return {
    ...options,
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}

function union(schemas: readonly TSchema[], options: SchemaOptions = {}): object {
  const [only] = schemas;
  if (only === undefined) return { ...options, not: {} };
  return schemas.length === 1 ? { ...options, ...only } : { ...options, anyOf: schemas };
}

/** Named as in TypeBox, whose documentation holds for it. */
export const Type = {
  Array: (items: TSchema, options: SchemaOptions = {}) => ({ ...options, type: "array", items }),
  Boolean: simple("boolean"),
  Integer: simple("integer"),
  Literal: (value: string | number | boolean, options: SchemaOptions = {}) => ({
    ...options,
    const: value,
    type: typeof value,
  }),
  Never: (options: SchemaOptions = {}) => ({ ...options, not: {} }),
  Null: simple("null"),
  Number: simple("number"),
  Object: object,
  Optional: (schema: TSchema) => ({ ...schema, [optional]: true }),
  /** Keys are any text, which is all that the API has. */
  Record: (_: TSchema, value: TSchema, options: SchemaOptions = {}) => ({
    ...options,
    type: "object",
    patternProperties: { "^(.*)$": value },
  }),
  String: simple("string"),
  Union: union,
  Unsafe: (options: SchemaOptions = {}) => ({ ...options }),
} as unknown as Builder;
