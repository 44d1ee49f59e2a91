/**
 * How an operation's parameters are described: in the query of a GET or DELETE, in the form body of a POST. Hashes and
 * lists are `deepObject`, the one style of OpenAPI that writes brackets.
 */
import type { TObject, TSchema } from "@sinclair/typebox";
import { plain } from "./components.ts";
import { isJsonList, type Json, type JsonObject } from "./document.ts";

const pathParameter = /:([A-Za-z_]+)/g;

/** `/v1/tokens/:token` as `/v1/tokens/{token}`. */
export const templateOf = (path: string): string => path.replace(pathParameter, "{$1}");

export const pathParametersOf = (path: string): readonly JsonObject[] =>
  [...path.matchAll(pathParameter)].map(([, name = ""]) => ({
    in: "path",
    name,
    required: true,
    schema: { maxLength: 5000, minLength: 1, type: "string" },
    style: "simple",
  }));

export function queryParametersOf(schema: TObject): readonly JsonObject[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, property]) => ({
      in: "query",
      name,
      required: required.has(name),
      schema: wireSchema(property),
      ...(isNested(property) ? { explode: true, style: "deepObject" } : { style: "form" }),
    }));
}

export function requestBodyOf(schema: TObject): JsonObject {
  const nested = Object.keys(schema.properties).filter((name) => isNested(schema.properties[name]));
  const encoding = nested.map((name) => [name, { explode: true, style: "deepObject" }] as const);
  return {
    content: {
      "application/x-www-form-urlencoded": {
        ...(encoding.length > 0 ? { encoding: Object.fromEntries(encoding) } : {}),
        schema: wireSchema(schema),
      },
    },
    required: (schema.required ?? []).length > 0,
  };
}

function isNested(schema: TSchema | undefined): boolean {
  if (schema === undefined) return false;
  const options = (schema["anyOf"] as readonly TSchema[] | undefined) ?? [schema];
  return options.some((option) =>
    option["anyOf"] === undefined
      ? option["type"] === "object" || option["type"] === "array"
      : isNested(option),
  );
}

/** The schema of what is sent, rather than of what is read from it. */
const wireSchema = (schema: TSchema): Json => sent(plain(schema));

/**
 * Says what the reader does beyond the schema: hashes with fixed names take no others, and an empty text is not a text
 * but an attempt to unset, allowed only where the schema lists it.
 */
function sent(schema: Json): Json {
  if (isJsonList(schema)) return schema.map(sent);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, child]) => [key, sent(child)] as const);
  const isHash = schema["type"] === "object" && typeof schema["properties"] === "object";
  const isText = schema["type"] === "string" && schema["enum"] === undefined;
  return {
    ...Object.fromEntries(entries),
    ...(isHash ? { additionalProperties: false } : {}),
    ...(isText ? { minLength: 1 } : {}),
  };
}
