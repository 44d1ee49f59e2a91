/**
 * Finds every parameter that the schema does not know, for the one error that names them all. It runs only after a
 * read has failed, so it walks the schema without being compiled; its work is bounded by what was sent.
 */
import { elementsOf, type FormTree, type FormValue, isFormHash } from "../form/form-tree.ts";
import { type ParameterError, unknownParameters } from "./parameter-error.ts";
import { type Place, pathOf, placeIn, root } from "./place.ts";
import { isOpenHash, optionsOf, type Schema } from "./schema.ts";

interface Unknown {
  readonly parent: Place;
  readonly name: string;
  readonly known: readonly string[];
}

/** The error for all unknown parameters of the tree, or undefined when all are known. */
export function findUnknown(schema: Schema, tree: FormTree): ParameterError | undefined {
  const found: Unknown[] = [];
  walk(schema, tree, { found, place: root });
  const [first] = found;
  if (first === undefined) return undefined;
  const names = found.map((one) => pathOf(placeIn(one.parent, one.name)));
  const meant = found.length === 1 ? nearest(first.name, first.known) : undefined;
  return unknownParameters(names, meant && pathOf(placeIn(first.parent, meant)));
}

interface Walk {
  readonly found: Unknown[];
  readonly place: Place;
}

function walk(schema: Schema, value: FormValue, at: Walk): void {
  if (typeof value === "string") return;
  const options = optionsOf(schema);
  const hash = options.find((option) => option.type === "object");
  const list = options.find((option) => option.type === "array");
  if (hash !== undefined && isFormHash(value)) walkHash(hash, value, at);
  else if (list?.items !== undefined) walkList(list.items, value, at);
}

function walkHash(schema: Schema, value: FormTree, { found, place }: Walk): void {
  if (schema["x-metadata"]) return;
  const properties = new Map(Object.entries(schema.properties ?? {}));
  for (const [name, child] of value) {
    const known = isOpenHash(schema)
      ? (schema.additionalProperties as Schema)
      : properties.get(name);
    if (known === undefined) found.push({ known: [...properties.keys()], name, parent: place });
    else walk(known, child, { found, place: placeIn(place, name) });
  }
}

function walkList(items: Schema, value: FormValue, { found, place }: Walk): void {
  for (const element of elementsOf(value) ?? []) {
    walk(items, element.value, { found, place: placeIn(place, element.index) });
  }
}

/** No parameter of Stripe's has a longer name, so a longer one is no misspelling. */
const nameLengthMax = 60;

/** The known name within two edits, one for short names; undefined when none is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > nameLengthMax) return undefined;
  let best: string | undefined;
  let bestDistance = name.length <= 4 ? 2 : 3;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance: insertions, deletions and substitutions of single characters. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const substitution = from[row - 1] === to[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + substitution,
        ),
      );
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
