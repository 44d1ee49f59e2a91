/**
 * The vocabulary in which resources declare what they answer with. One schema types the object, compiles into its
 * serializer and becomes a component of the OpenAPI file. Every key that is not `Type.Optional` is always sent, as null
 * where it is nullable, as Stripe does.
 */
import type {
  SchemaOptions,
  TArray,
  TObject,
  TProperties,
  TSchema,
  TString,
  TUnion,
  TUnsafe,
} from "@sinclair/typebox";
import { Type } from "../schema-builder.ts";

/** An object of the API; a literal `object` property names it. */
export const resource = <P extends TProperties>(
  properties: P,
  options: SchemaOptions = {},
): TObject<P> => Type.Object(properties, { additionalProperties: false, ...options });

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** A resource that is named instead of declared, so that two resources can point at each other. */
export type NamedResource = TUnsafe<object>;

/** An id, or the object itself where the caller asked to expand it. */
export function expandable(name: string): TUnion<[TString, NamedResource]>;
export function expandable<T extends TSchema>(schema: T): TUnion<[TString, T]>;
export function expandable(to: string | TSchema): TUnion<[TString, TSchema]> {
  return Type.Union([Type.String(), typeof to === "string" ? named(to) : to]);
}

const named = (name: string): NamedResource =>
  Type.Unsafe<object>({ $ref: `#/components/schemas/${name}` });

/** @param url the path without a query; `:id` stands for what differs between lists. */
export const listOf = <T extends TSchema>(element: T, url: string) =>
  Type.Object(listProperties(element, url), { additionalProperties: false });

/** A list inside an object, the only kind that says how many there are. */
export const countedListOf = <T extends TSchema>(element: T, url: string) =>
  Type.Object(
    { ...listProperties(element, url), total_count: Type.Integer() },
    { additionalProperties: false },
  );

/** What a search found. @param url the path without a query. */
export const searchResultOf = <T extends TSchema>(element: T, url: string) =>
  Type.Object(
    {
      ...listProperties(element, url),
      next_page: nullable(Type.String()),
      object: Type.Literal("search_result"),
      total_count: Type.Optional(Type.Integer()),
    },
    { additionalProperties: false },
  );

const listProperties = <T extends TSchema>(element: T, url: string) => ({
  data: Type.Array(element) as TArray<T>,
  has_more: Type.Boolean(),
  object: Type.Literal("list"),
  url: Type.String(url.includes(":") ? {} : { const: url }),
});

/** Metadata: the caller's own keys, kept in their own order. */
export const openMap = () => Type.Record(Type.String(), Type.String());

/** Any JSON value, written with its keys in Stripe's order. */
export const unknown = (): TUnsafe<unknown> => Type.Unsafe<unknown>({});
