/**
 * Compiles the schema of an operation's parameters, once, into a function that reads a parsed form: it coerces strings
 * to typed values by Stripe's rules and throws Stripe's errors. A request walks no schema: each position is a closure,
 * and the cost follows what was sent, not what could have been.
 */
import type { Static, TObject } from "@sinclair/typebox";
import {
  elementsOf,
  type FormHash,
  type FormTree,
  type FormValue,
  isFormHash,
} from "../form/form-tree.ts";
import { compileScalar } from "./compile-scalar.ts";
import { compileUnion } from "./compile-union.ts";
import { readMetadata } from "./metadata.ts";
import {
  emptyParameter,
  exclusiveParameters,
  invalidValue,
  missingParameter,
  ParameterError,
  unknownParameters,
} from "./parameter-error.ts";
import { type Place, pathOf, placeIn, root } from "./place.ts";
import type { Read } from "./read.ts";
import { isOpenHash, type Schema, schemaOf } from "./schema.ts";
import { findUnknown } from "./unknown.ts";

/**
 * @param schema every parameter the operation takes; what is not `Type.Optional` is required.
 * @throws Error when the schema uses what a form cannot carry: a mistake in the schema, found at start.
 * @returns a reader of the form and of the vault's handles, by the index in their markers; it throws
 * {@link ParameterError} when the caller is at fault.
 */
export function compileParameters<S extends TObject>(
  schema: S,
): (tree: FormTree, cards?: readonly object[]) => Static<S> {
  const read = compileHash(schemaOf(schema), root);
  return (tree, cards = []) => {
    try {
      return read(tree, cards) as Static<S>;
    } catch (error) {
      // Stripe names unknown parameters before anything else, all at once. Only a failed request pays for the search.
      if (!(error instanceof ParameterError)) throw error;
      throw findUnknown(schemaOf(schema), tree) ?? error;
    }
  };
}

function compileValue(schema: Schema, place: Place): Read {
  if (schema.anyOf !== undefined) return compileUnion(schema, place, compileValue);
  if (schema.type === "array") return compileList(schema, place);
  if (schema.type !== "object") return compileScalar(schema, place);
  if (schema["x-metadata"]) return readMetadata(place);
  if (schema.properties === undefined && !isOpenHash(schema)) {
    throw new Error(
      `The parameter ${pathOf(place)} is an object of which no property is declared.`,
    );
  }
  return isOpenHash(schema) ? compileOpenHash(schema, place) : compileHash(schema, place);
}

interface Property {
  readonly read: Read;
  readonly isRequired: boolean;
}

function compileHash(schema: Schema, place: Place): Read {
  const required = schema.required ?? [];
  const properties = new Map<string, Property>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (name === "__proto__") throw new Error("A parameter cannot be named __proto__.");
    const read = compileValue(property, placeIn(place, name));
    properties.set(name, { isRequired: required.includes(name), read });
  }
  const checkExclusive = compileExclusive(schema, place);
  return (value, cards) => {
    const given = hashOf(value, place);
    const result: Record<string, unknown> = {};
    let missingCount = required.length;
    for (const [name, child] of given) {
      const property = properties.get(name);
      if (property === undefined) throw unknownParameters([pathOf(placeIn(place, name))]);
      result[name] = property.read(child, cards);
      if (property.isRequired) missingCount -= 1;
    }
    if (missingCount > 0) throw firstMissing(required, given, place);
    checkExclusive?.(given);
    return result;
  };
}

function hashOf(value: FormValue, place: Place): FormHash {
  if (isFormHash(value)) return value;
  if (value === "") throw emptyParameter(pathOf(place));
  throw invalidValue(pathOf(place), "Invalid object");
}

function firstMissing(required: readonly string[], given: FormHash, place: Place): ParameterError {
  const missing = required.find((name) => !given.has(name));
  if (missing === undefined) throw new Error("A parameter was counted as missing but is there.");
  return missingParameter(pathOf(placeIn(place, missing)));
}

function compileExclusive(schema: Schema, place: Place): ((given: FormHash) => void) | undefined {
  const groups = schema["x-exclusive"];
  if (groups === undefined) return undefined;
  return (given) => {
    for (const group of groups) {
      const names = group.filter((name) => given.has(name));
      const [first] = names;
      if (first !== undefined && names.length > 1) {
        throw exclusiveParameters(names, pathOf(placeIn(place, first)));
      }
    }
  };
}

function compileOpenHash(schema: Schema, place: Place): Read {
  const entryPlace = placeIn(place, "");
  const readEntry = compileValue(schema.additionalProperties as Schema, entryPlace);
  return (value, cards) => {
    const result = Object.create(null) as Record<string, unknown>;
    for (const [key, child] of hashOf(value, place)) {
      entryPlace.key = key;
      result[key] = readEntry(child, cards);
    }
    return result;
  };
}

function compileList(schema: Schema, place: Place): Read {
  if (schema.items === undefined)
    throw new Error("A list parameter needs a schema of its elements.");
  const elementPlace = placeIn(place, 0);
  const readElement = compileValue(schema.items, elementPlace);
  const { maxItems = Number.POSITIVE_INFINITY } = schema;
  return (value, cards) => {
    if (value === "") throw emptyParameter(pathOf(place));
    const elements = elementsOf(value);
    if (elements === undefined) throw invalidValue(pathOf(place), "Invalid array");
    if (elements.length > maxItems) {
      throw invalidValue(pathOf(place), `Invalid array: must have at most ${maxItems} elements`);
    }
    return elements.map((element) => {
      elementPlace.key = element.index;
      return readElement(element.value, cards);
    });
  };
}
