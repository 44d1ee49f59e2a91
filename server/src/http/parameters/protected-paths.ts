/**
 * Which parameters of a schema carry card data, as the bracketed names under which a form sends them. The HTTP layer
 * gives them to the vault, which cuts their values out before anything else reads the body; a schema whose card fields
 * the vault could not find by name is refused.
 */
import type { TObject } from "@sinclair/typebox";
import { optionsOf, type Schema, schemaOf } from "./schema.ts";

/** @returns paths such as `card[number]`, sorted, each once. */
export function protectedPaths(schema: TObject): string[] {
  const paths = new Set<string>();
  collect(schemaOf(schema), "", paths);
  return [...paths].sort();
}

function collect(schema: Schema, path: string, paths: Set<string>): void {
  for (const option of optionsOf(schema)) {
    if (option["x-vault"] !== undefined) paths.add(path);
    for (const [name, property] of Object.entries(option.properties ?? {})) {
      collect(property, path === "" ? name : `${path}[${name}]`, paths);
    }
    refuseVaultFields(option.items, path);
    if (typeof option.additionalProperties === "object") {
      refuseVaultFields(option.additionalProperties, path);
    }
  }
}

function refuseVaultFields(schema: Schema | undefined, path: string): void {
  if (schema === undefined) return;
  const paths = new Set<string>();
  collect(schema, path, paths);
  if (paths.size > 0) {
    throw new Error(
      `A card field below ${path} has no fixed name, so the vault could not protect it.`,
    );
  }
}
