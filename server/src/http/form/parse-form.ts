/**
 * Reads `application/x-www-form-urlencoded` bodies and query strings into a {@link FormTree}, in time linear in their
 * length. Nothing is dropped or cut silently: what cannot be read exactly (bad escapes, bad UTF-8, NUL, a malformed
 * name, a conflict, a limit passed) is refused with a {@link FormError}.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { shownName } from "../../core/shown.ts";
import { FormError } from "./form-error.ts";
import type { FormTree } from "./form-tree.ts";

export interface FormLimits {
  /** Pairs in one body or query string. */
  readonly parameterCountMax: number;
  /** Bracketed levels below a name: `a[b][c]` has two. */
  readonly depthMax: number;
  /** Characters of a whole decoded name, brackets included. */
  readonly nameLengthMax: number;
  /** Bytes of the whole text as received. */
  readonly bodyBytesMax: number;
}

export const formLimits: FormLimits = {
  bodyBytesMax: 1_048_576,
  depthMax: 10,
  nameLengthMax: 1024,
  parameterCountMax: 1000,
};

type Node = Map<string, Child> | Child[];
type Child = string | Node;

/**
 * @param body the bytes of a body, or a query string without its question mark.
 * @throws FormError and nothing else, whatever the bytes.
 */
export function parseForm(body: Buffer | string, limits: FormLimits = formLimits): FormTree {
  const text = textOf(body, limits);
  const tree = new Map<string, Child>();
  const isEscaped = text.includes("%") || text.includes("+");
  let pairCount = 0;
  let start = 0;
  while (start < text.length) {
    const separator = text.indexOf("&", start);
    const end = separator === -1 ? text.length : separator;
    if (end > start) {
      pairCount += 1;
      if (pairCount > limits.parameterCountMax) throw tooMany(limits);
      const pair = splitPair(text.slice(start, end));
      add(tree, isEscaped ? [decoded(pair[0]), decoded(pair[1])] : pair, limits);
    }
    start = end + 1;
  }
  return tree;
}

function textOf(body: Buffer | string, limits: FormLimits): string {
  const size = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  if (size > limits.bodyBytesMax) {
    throw new FormError(
      "too_large",
      `The request's parameters are too large: they must be at most ${limits.bodyBytesMax} bytes.`,
    );
  }
  const text = typeof body === "string" ? body : decodedBytes(body);
  // A lone surrogate can only come in a string; as UTF-8 it does not exist, so it could not be stored.
  if (typeof body === "string" && !text.isWellFormed()) throw badEncoding();
  if (text.includes("\0")) throw badEncoding();
  return text;
}

function decodedBytes(body: Buffer): string {
  if (isAscii(body)) return body.toString("latin1");
  if (!isUtf8(body)) throw badEncoding();
  return body.toString("utf8");
}

type Pair = readonly [name: string, value: string];

/** A name without `=` has the empty value. */
function splitPair(pair: string): Pair {
  const equals = pair.indexOf("=");
  return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

/** `+` is a space; `%XX` are the bytes of strict UTF-8. */
function decoded(token: string): string {
  const spaced = token.includes("+") ? token.replaceAll("+", " ") : token;
  if (!spaced.includes("%")) return spaced;
  let text: string;
  try {
    text = decodeURIComponent(spaced);
  } catch (cause) {
    throw badEncoding(cause);
  }
  if (text.includes("\0")) throw badEncoding();
  return text;
}

function add(tree: Map<string, Child>, pair: Pair, limits: FormLimits): void {
  const [name, value] = pair;
  if (name.length > limits.nameLengthMax) {
    throw new FormError(
      "too_long_a_name",
      `Invalid parameter name: ${shownName(name)} must be at most ${limits.nameLengthMax} characters.`,
      shownName(name),
    );
  }
  if (!name.includes("[") && !name.includes("]") && name !== "") {
    const earlier = tree.get(name);
    if (earlier !== undefined && typeof earlier !== "string") throw conflict(name);
    tree.set(name, value);
    return;
  }
  const path = pathOf(name);
  if (path.length - 1 > limits.depthMax) {
    throw new FormError(
      "too_deep",
      `Invalid parameter name: ${shownName(name)} must be nested at most ${limits.depthMax} levels deep.`,
      shownName(name),
    );
  }
  place(tree, path, pair);
}

/**
 * The segments of `a[b][]`: "a", "b" and "", where the empty one means "the next element". A name that is not exactly
 * of this form is refused, because the vault cuts card numbers out by the same names: no second reading may exist.
 */
function pathOf(name: string): readonly string[] {
  const open = name.indexOf("[");
  if (open <= 0 || name.charCodeAt(name.length - 1) !== closingBracket) throw badName(name);
  const path = [name.slice(0, open)];
  let start = open + 1;
  for (;;) {
    const close = name.indexOf("]", start);
    const segment = name.slice(start, close);
    if (segment.includes("[")) throw badName(name);
    path.push(segment);
    if (close === name.length - 1) break;
    if (name.charCodeAt(close + 1) !== openingBracket) throw badName(name);
    start = close + 2;
  }
  if (path[0]?.includes("]")) throw badName(name);
  return path;
}

const openingBracket = "[".charCodeAt(0);
const closingBracket = "]".charCodeAt(0);

/** Walks to the parent of the last segment, making what is missing, and puts the value there. */
function place(tree: Map<string, Child>, path: readonly string[], pair: Pair): void {
  let node: Node = tree;
  const last = path.length - 1;
  for (let depth = 0; depth < last; depth += 1) {
    const child = childAt(node, path, depth);
    const isList = path[depth + 1] === "";
    if (typeof child === "string" || Array.isArray(child) !== isList) throw conflict(pair[0]);
    node = child;
  }
  const key = path[last] ?? "";
  if (Array.isArray(node)) {
    node.push(pair[1]);
    return;
  }
  const earlier = node.get(key);
  if (earlier !== undefined && typeof earlier !== "string") throw conflict(pair[0]);
  node.set(key, pair[1]);
}

/** The list or hash below `node` that the rest of the path goes into; a new one when there is none yet. */
function childAt(node: Node, path: readonly string[], depth: number): Child {
  const make = (): Node => (path[depth + 1] === "" ? [] : new Map());
  if (Array.isArray(node)) {
    const newest = node.at(-1);
    // `items[][a]=1&items[][b]=2&items[][a]=3`: a new element starts when a key repeats.
    if (newest !== undefined && typeof newest !== "string" && !holds(newest, path, depth + 1)) {
      return newest;
    }
    const element = make();
    node.push(element);
    return element;
  }
  const key = path[depth] ?? "";
  const existing = node.get(key);
  if (existing !== undefined) return existing;
  const child = make();
  node.set(key, child);
  return child;
}

/** Whether the element has a value at the rest of the path already. A nested `[]` never repeats: it appends. */
function holds(element: Child, path: readonly string[], from: number): boolean {
  let node = element;
  for (let depth = from; depth < path.length; depth += 1) {
    const key = path[depth] ?? "";
    if (key === "" || !(node instanceof Map)) return false;
    const child = node.get(key);
    if (child === undefined) return false;
    node = child;
  }
  return true;
}

const tooMany = (limits: FormLimits): FormError =>
  new FormError(
    "too_many_parameters",
    `The request has too many parameters: at most ${limits.parameterCountMax} are allowed.`,
  );

const badEncoding = (cause?: unknown): FormError => {
  const error = new FormError(
    "bad_encoding",
    "The request's parameters are not valid: percent escapes must be complete and spell UTF-8 text without NUL characters.",
  );
  if (cause !== undefined) error.cause = cause;
  return error;
};

const badName = (name: string): FormError =>
  new FormError(
    "bad_name",
    `Invalid parameter name: ${shownName(name)}. Names look like a, a[b], a[] or a[0][b].`,
    shownName(name),
  );

const conflict = (name: string): FormError =>
  new FormError(
    "conflict",
    `Invalid parameter: ${shownName(name)} is given both as a value and as a list or hash.`,
    shownName(name),
  );
