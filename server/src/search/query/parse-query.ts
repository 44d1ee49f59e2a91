/**
 * The search query language: clauses of a field, an operator and a value, joined all by AND (or a space) or all by OR.
 * Pure and linear in the length of the query; whether a resource has the field, and what its operators mean, is decided
 * elsewhere. What cannot be read is refused with Stripe's sentence.
 */
import { type ApiError, invalidRequest } from "../../core/errors.ts";
import { shownName } from "../../core/shown.ts";

/** Two characters before one, so that `>=` is not read as `>`. */
const operators = [">=", "<=", ":", "~", ">", "<"] as const;
export type Operator = (typeof operators)[number];

export interface Clause {
  /** Dotted, as written; `metadata` for a clause on a metadata key. */
  readonly field: string;
  /** The metadata key; undefined for every other field. */
  readonly key: string | undefined;
  readonly operator: Operator;
  /** Null asks whether there is a value at all, and stands after `:` only. */
  readonly value: string | null;
  readonly isNegated: boolean;
}

export interface SearchQuery {
  readonly joinedBy: "and" | "or";
  /** One to ten. */
  readonly clauses: readonly Clause[];
}

const clauseCountMax = 10;

/** @throws ApiError 400 on `query`. */
export function parseQuery(text: string): SearchQuery {
  const scanner = new Scanner(text);
  const clauses: Clause[] = [];
  const joiners = new Set<"and" | "or">();
  scanner.skipSpace();
  for (;;) {
    clauses.push(readClause(scanner));
    if (clauses.length > clauseCountMax) {
      throw queryError(`Search queries can have up to ${clauseCountMax} clauses.`);
    }
    const hasSpace = scanner.skipSpace();
    if (scanner.isAtEnd) break;
    if (!hasSpace) throw unreadable();
    joiners.add(readJoiner(scanner));
  }
  if (joiners.size > 1) {
    throw queryError("Search queries cannot combine AND with OR: use one of them.");
  }
  return { clauses, joinedBy: joiners.has("or") ? "or" : "and" };
}

export const queryError = (message: string): ApiError =>
  invalidRequest(message, { param: "query" });

const unreadable = (): ApiError =>
  queryError(
    'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for metadata or key:"value" to query for other fields.',
  );

export const unsupportedField = (field: string, resources: string): ApiError =>
  queryError(
    `Field \`${shownName(field)}\` is an unsupported search field for resource \`${resources}\`. See http://stripe.com/docs/search#query-fields-for-${resources} for a list of supported fields.`,
  );

/** A place in the text. Every read moves on or refuses, so that no query is read twice. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** @returns whether there was any. */
  skipSpace(): boolean {
    return this.match(/\s+/y) !== undefined;
  }

  /** @param pattern sticky, so that it matches here or nowhere. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  take(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }
}

function readJoiner(scanner: Scanner): "and" | "or" {
  const word = scanner.match(/(?:and|or)\s+/iy);
  return word?.trim().toLowerCase() === "or" ? "or" : "and";
}

function readClause(scanner: Scanner): Clause {
  const isNegated = scanner.take("-");
  const field = scanner.match(/[a-z_][a-z0-9_]*(?:[.][a-z0-9_]+)*/iy);
  if (field === undefined) throw unreadable();
  const key = readKey(scanner);
  const operator = operators.find((sign) => scanner.take(sign));
  if (operator === undefined) throw unreadable();
  const value = readValue(scanner);
  if (value === null && operator !== ":") throw unreadable();
  return { field, isNegated, key, operator, value };
}

function readKey(scanner: Scanner): string | undefined {
  if (!scanner.take("[")) return undefined;
  const key = readQuoted(scanner);
  if (key === undefined || !scanner.take("]")) throw unreadable();
  return key;
}

/** Text stands in quotes; only numbers and `null` may go without. */
function readValue(scanner: Scanner): string | null {
  const quoted = readQuoted(scanner);
  if (quoted !== undefined) return quoted;
  const bare = scanner.match(/-?[0-9]+(?:[.][0-9]+)?|null\b/iy);
  if (bare === undefined) throw unreadable();
  return bare.toLowerCase() === "null" ? null : bare;
}

/** A backslash takes the character after it as it is. */
function readQuoted(scanner: Scanner): string | undefined {
  const quoted = scanner.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy);
  return quoted?.slice(1, -1).replace(/\\(.)/gs, "$1");
}
