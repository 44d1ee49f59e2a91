/**
 * Collects the resources that answers are made of into the document's components, each once and by name: the value of
 * its `object` property, with `deleted_` before it for the stub that a deletion answers. One name always means one
 * schema; two different ones are a mistake that is found here.
 */
import type { TSchema } from "@sinclair/typebox";
import { isJsonList, type Json, type JsonObject, sorted } from "./document.ts";

const reference = "#/components/schemas/";

export interface Components {
  /** The schema as it stands in the document: resources are replaced by references. */
  refer(schema: TSchema): Json;
  /** All resources referred to so far. @throws Error when one is named that no answer declares. */
  schemas(): JsonObject;
}

export function createComponents(): Components {
  const schemas = new Map<string, Json>();
  const texts = new Map<string, string>();
  const named = new Set<string>();

  const add = (name: string, schema: JsonObject): void => {
    const text = JSON.stringify(sorted(schema));
    const earlier = texts.get(name);
    if (earlier === text) return;
    if (earlier !== undefined) throw new Error(`Two different answers are called ${name}.`);
    texts.set(name, text);
    schemas.set(name, childrenReferred(schema));
  };
  const refer = (schema: Json): Json => {
    if (isJsonList(schema)) return schema.map(refer);
    if (typeof schema !== "object" || schema === null) return schema;
    if (typeof schema["$ref"] === "string") named.add(schema["$ref"].slice(reference.length));
    const name = resourceNameOf(schema);
    if (name === undefined) return childrenReferred(schema);
    add(name, schema);
    return { $ref: reference + name };
  };
  const childrenReferred = (schema: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(schema).map(([key, child]) => [key, refer(child)]));

  return {
    refer: (schema) => refer(plain(schema)),
    schemas: () => {
      const unknown = [...named].filter((name) => !schemas.has(name)).sort();
      for (const name of unknown) schemas.set(name, placeholder(name));
      return Object.fromEntries(schemas);
    },
  };
}

/**
 * A resource that others name but no operation answers with yet: all that is promised is its id and kind.
 */
const placeholder = (name: string): JsonObject => ({
  properties: { id: { type: "string" }, object: { const: name, type: "string" } },
  required: ["object"],
  type: "object",
});

/** Without TypeBox's symbols and functions. */
export const plain = (schema: TSchema): JsonObject =>
  JSON.parse(JSON.stringify(schema)) as JsonObject;

/** The name of the resource that a schema describes, if it describes one. */
export function resourceNameOf(schema: JsonObject): string | undefined {
  const properties = schema["properties"] as Readonly<Record<string, JsonObject>> | undefined;
  const kind = properties?.["object"]?.["const"];
  if (typeof kind !== "string" || kind === "list" || kind === "search_result") return undefined;
  return properties?.["deleted"]?.["const"] === true ? `deleted_${kind}` : kind;
}
