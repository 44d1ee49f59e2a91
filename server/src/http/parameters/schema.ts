/**
 * The part of JSON Schema that parameter schemas use, as the compiler, the search for unknown names and the search for
 * card fields walk it. TypeBox schemas are exactly such objects; this is only their untyped view.
 */
import type { TSchema } from "@sinclair/typebox";

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly "x-exclusive"?: readonly (readonly string[])[];
  readonly "x-metadata"?: boolean;
  readonly "x-range"?: boolean;
  readonly "x-vault"?: "number" | "cvc";
}

export const schemaOf = (schema: TSchema): Schema => schema as Schema;

/** The alternatives of a union, nested ones included; a schema that is no union is its own only alternative. */
export function optionsOf(schema: Schema): readonly Schema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(optionsOf);
}

/** Stripe's mark of a parameter that an empty value unsets. */
export const isClearing = (schema: Schema): boolean =>
  schema.enum?.length === 1 && schema.enum[0] === "";

/** The words of an enumeration or of a single literal. */
export function wordsOf(schema: Schema): readonly string[] | undefined {
  if (schema.enum !== undefined) return schema.enum;
  return typeof schema.const === "string" ? [schema.const] : undefined;
}

export const isOpenHash = (schema: Schema): boolean =>
  schema.properties === undefined && typeof schema.additionalProperties === "object";
