/**
 * The part of JSON Schema that answer schemas use, as the code generator reads it. TypeBox schemas are exactly such
 * objects; this is only their untyped view.
 */
import type { TSchema } from "@sinclair/typebox";

export interface AnswerSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly AnswerSchema[];
  readonly items?: AnswerSchema;
  readonly properties?: Readonly<Record<string, AnswerSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: AnswerSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, AnswerSchema>>;
  /** "declared" keeps the order of the properties as written, where Stripe departs from its own rule. */
  readonly "x-keys-order"?: string;
}

export const answerSchemaOf = (schema: TSchema): AnswerSchema => schema as AnswerSchema;

/** The alternatives of a union, nested ones included. */
export function optionsOf(schema: AnswerSchema): readonly AnswerSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(optionsOf);
}

export type Shape =
  | "literal"
  | "null"
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "array"
  | "object"
  | "map"
  | "unknown";

/** @throws Error for a type that JSON Schema has and no answer uses. */
export function shapeOf(schema: AnswerSchema): Shape {
  if (schema.const !== undefined) return "literal";
  switch (schema.type) {
    case "null":
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "array":
      return schema.type;
    case "object":
      return schema.properties === undefined ? mapShapeOf(schema) : "object";
    case undefined:
      return schema.enum?.every((word) => typeof word === "string") ? "string" : "unknown";
    default:
      throw new Error(`An answer cannot have the type ${schema.type}.`);
  }
}

/** Maps of strings are compiled; maps of anything else are written as unknown JSON. */
function mapShapeOf(schema: AnswerSchema): Shape {
  const values = [...Object.values(schema.patternProperties ?? {}), schema.additionalProperties];
  const declared = values.filter((value) => typeof value === "object");
  return declared.length > 0 && declared.every((value) => value.type === "string")
    ? "map"
    : "unknown";
}

/** The properties that the schema fixes to one value, by which objects of a union are told apart. */
export function literalsOf(schema: AnswerSchema): readonly (readonly [string, unknown])[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.const !== undefined)
    .map(([name, property]) => [name, property.const] as const);
}
