/**
 * Reads a parameter that may take several forms: a string or a hash (`source`), a time or a word (`trial_end`), and
 * anything that an empty value may unset. The shape of what was sent chooses the alternative; no guess is made between
 * two hashes, so a schema with two is refused at start.
 */
import { elementsOf, type FormValue, isFormList } from "../form/form-tree.ts";
import { emptyParameter, ParameterError } from "./parameter-error.ts";
import { type Place, pathOf } from "./place.ts";
import type { Compile, Read } from "./read.ts";
import { isClearing, optionsOf, type Schema, wordsOf } from "./schema.ts";

export function compileUnion(schema: Schema, place: Place, compile: Compile): Read {
  const options = optionsOf(schema);
  const filled = options.filter((option) => !isClearing(option));
  const canClear = filled.length < options.length;
  const readFilled = schema["x-range"]
    ? compileRange(schema, place, compile)
    : compileShapes(filled, place, compile);
  return (value, cards) => {
    if (value !== "") return readFilled(value, cards);
    if (canClear) return null;
    throw emptyParameter(pathOf(place));
  };
}

function compileRange(schema: Schema, place: Place, compile: Compile): Read {
  const read = compileShapes(optionsOf(schema), place, compile);
  return (value, cards) => {
    const range = read(value, cards);
    return typeof range === "number" ? { gte: range, lte: range } : range;
  };
}

/** One reader by the shape of what was sent. */
function compileShapes(options: readonly Schema[], place: Place, compile: Compile): Read {
  const hashes = options.filter((option) => option.type === "object");
  const lists = options.filter((option) => option.type === "array");
  if (hashes.length > 1 || lists.length > 1) {
    throw new Error(`The parameter ${pathOf(place)} has two alternatives of one shape.`);
  }
  const readHash = hashes[0] && compile(hashes[0], place);
  const readList = lists[0] && compile(lists[0], place);
  const readScalar = compileScalars(
    options.filter((option) => option.type !== "object" && option.type !== "array"),
    place,
    compile,
  );
  const otherwise = readScalar ?? readHash ?? readList;
  if (otherwise === undefined)
    throw new Error(`The parameter ${pathOf(place)} has no alternative.`);
  return (value, cards) => {
    if (typeof value === "string") return otherwise(value, cards);
    if (readList !== undefined && isListLike(value, readHash)) return readList(value, cards);
    return (readHash ?? otherwise)(value, cards);
  };
}

/** `a[0]=` is a list where a list is possible, unless a hash is possible too: then only `a[]=` is. */
const isListLike = (value: FormValue, readHash: Read | undefined): boolean =>
  isFormList(value) || (readHash === undefined && elementsOf(value) !== undefined);

/** Words first, then the others in order; the error is that of the last alternative, the most general one. */
function compileScalars(
  options: readonly Schema[],
  place: Place,
  compile: Compile,
): Read | undefined {
  const ordered = [
    ...options.filter((option) => wordsOf(option) !== undefined),
    ...options.filter((option) => wordsOf(option) === undefined),
  ];
  const reads = ordered.map((option) => compile(option, place));
  const last = reads.pop();
  if (last === undefined || reads.length === 0) return last;
  return (value, cards) => {
    for (const read of reads) {
      try {
        return read(value, cards);
      } catch (error) {
        if (!(error instanceof ParameterError)) throw error;
      }
    }
    return last(value, cards);
  };
}
