/**
 * The vocabulary in which every operation declares its parameters. Each builder is plain JSON Schema, so that one
 * declaration types the operation, compiles into a reader and documents itself in the OpenAPI file; what JSON Schema
 * cannot say stands in `x-` keys. The static type is what the reader returns, not what was sent.
 */
import type {
  SchemaOptions,
  Static,
  TObject,
  TProperties,
  TSchema,
  TUnsafe,
} from "@sinclair/typebox";
import { Type } from "./schema-builder.ts";

/** Stripe's length of a text parameter that says nothing else, in characters. */
const textLengthMax = 5000;

export interface IntegerBounds extends SchemaOptions {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A whole number, in decimal digits with an optional sign; within ±2^53 whatever the bounds. */
export const integer = (bounds: IntegerBounds = {}) => Type.Integer(bounds);

/** Money in the currency's smallest unit, as an integer: `2000` is $20.00. Bounds by currency are the resource's rule. */
export const amount = (bounds: IntegerBounds = {}) => Type.Integer(bounds);

/** An exact decimal number such as a percentage; stays a string, because binary fractions are not exact. */
export const decimal = (options: SchemaOptions = {}) =>
  Type.String({ ...options, format: "decimal" });

/** A three-letter currency code in any case; read in lower case. */
export const currency = () => Type.String({ format: "currency" });

export interface TextLimits extends SchemaOptions {
  /** Characters. */
  readonly maxLength?: number;
}

export const text = (limits: TextLimits = {}) =>
  Type.String({ maxLength: textLengthMax, ...limits });

/** `true` or `false`. */
export const flag = () => Type.Boolean();

export const email = () => Type.String({ format: "email", maxLength: 512 });

/** An absolute http or https URL. */
export const url = () => Type.String({ format: "uri", maxLength: textLengthMax });

/** Unix seconds. */
export const timestamp = () =>
  Type.Integer({ format: "unix-time", maximum: 99_999_999_999, minimum: 0 });

/** The id of an object. That it exists, and its kind, is the operation's to find out. */
export const id = (prefix?: string) =>
  Type.String({
    maxLength: textLengthMax,
    ...(prefix === undefined ? {} : { "x-id-prefix": prefix }),
  });

/** One of some fixed words. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  Type.Unsafe<Words[number]>({ enum: [...words], type: "string" });

export interface ListLimits extends SchemaOptions {
  readonly maxItems?: number;
}

/** `a[]=…` or `a[0]=…`; an array. */
export const list = <T extends TSchema>(element: T, limits: ListLimits = {}) =>
  Type.Array(element, limits);

export interface HashRules<P> extends SchemaOptions {
  /** Groups of parameters of which at most one may be given. */
  readonly exclusive?: readonly (readonly (keyof P & string)[])[];
}

/** `a[b]=…`: fixed names, each required unless wrapped in `Type.Optional`. */
export function hash<P extends TProperties>(properties: P, rules: HashRules<P> = {}): TObject<P> {
  const { exclusive, ...options } = rules;
  return Type.Object(properties, {
    ...options,
    ...(exclusive === undefined ? {} : { "x-exclusive": exclusive }),
  });
}

/** `a[any]=…`: the caller's own names, all of one kind, such as currencies. The object read has no prototype. */
export const openHash = <T extends TSchema>(value: T): TUnsafe<Record<string, Static<T>>> =>
  Type.Unsafe<Record<string, Static<T>>>({ additionalProperties: value, type: "object" });

/** An empty value unsets: read as null. Without this, an empty value is refused. */
export const clearable = <T extends TSchema>(schema: T): TUnsafe<Static<T> | null> =>
  Type.Unsafe<Static<T> | null>({ anyOf: [schema, { enum: [""], type: "string" }] });

/** What a merge needs: keys to set, `""` for keys to remove, null for "remove all". The object has no prototype. */
export type MetadataChange = Record<string, string> | null;

export const metadataLimits = { keyCountMax: 50, keyLengthMax: 40, valueLengthMax: 500 } as const;

export const metadata = (): TUnsafe<MetadataChange> =>
  Type.Unsafe<MetadataChange>({
    anyOf: [
      {
        additionalProperties: { maxLength: metadataLimits.valueLengthMax, type: "string" },
        maxProperties: metadataLimits.keyCountMax,
        propertyNames: { maxLength: metadataLimits.keyLengthMax, pattern: "^[^\\[\\]]+$" },
        type: "object",
        "x-metadata": true,
      },
      { enum: [""], type: "string" },
    ],
  });

/** Bounds in Unix seconds. An exact time is read as `{ gte, lte }` of that time. */
export interface Range {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** `created=…` or `created[gte]=…`. */
export const range = (): TUnsafe<Range> => {
  const bound = timestamp();
  return Type.Unsafe<Range>({
    anyOf: [
      {
        additionalProperties: false,
        properties: { gt: bound, gte: bound, lt: bound, lte: bound },
        type: "object",
      },
      bound,
    ],
    "x-range": true,
  });
};

/** Names of fields to answer with the object instead of its id, dotted. Which exist is the answer's rule. */
export const expand = () => Type.Array(Type.String({ maxLength: textLengthMax }));

/** The number itself stays in the vault: what is read is the vault's handle of it. */
export const cardNumber = <Handle extends object = object>(): TUnsafe<Handle> =>
  Type.Unsafe<Handle>({ maxLength: textLengthMax, type: "string", "x-vault": "number" });

/** Read as true: a CVC was given, and the card's handle has it. */
export const cvc = (): TUnsafe<true> =>
  Type.Unsafe<true>({ maxLength: textLengthMax, type: "string", "x-vault": "cvc" });
