/**
 * The shape of an OpenAPI 3.1 document as far as iStripe writes one. It is plain JSON, so the file can be compared byte
 * by byte with what the schemas say now.
 */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export interface OpenApiDocument extends JsonObject {
  readonly openapi: string;
  readonly info: JsonObject;
  readonly paths: { readonly [path: string]: JsonObject };
  readonly components: {
    readonly schemas: JsonObject;
    readonly [kind: string]: JsonObject;
  };
}

export const isJsonList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** A copy with the keys of every object in alphabetical order. Lists keep theirs, except where the order means nothing. */
export function sorted<T extends Json>(value: T): T {
  if (isJsonList(value)) return value.map(sorted) as unknown as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, child]) => [key, key === "required" ? sortedNames(child) : sorted(child)]),
  ) as unknown as T;
}

/** The names of required properties are a set; as a parameter's own flag, `required` is a boolean and stays. */
const sortedNames = (names: Json): Json => (isJsonList(names) ? [...names].sort() : sorted(names));
