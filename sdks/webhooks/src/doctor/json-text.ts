/**
 * JSON as it is written, not as it is meant: the order of its keys, its numbers and its strings are kept as text, so
 * that a body can be written again in every style that a serializer is known for, and nothing else about it changes.
 */

/** A number, string or literal as it is written, or what is inside of braces and brackets. */
export type JsonText =
  | string
  | { readonly members: readonly Member[] }
  | { readonly items: readonly JsonText[] };

interface Member {
  /** With its quotes. */
  readonly key: string;
  readonly value: JsonText;
}

/** What a serializer puts between names, values, members and items. */
export interface JsonLayout {
  /** Between a name and its value. */
  readonly colon: string;
  /** Between two members or items on one line. */
  readonly comma: string;
  /** What each level is indented by; null for one line. */
  readonly indent: string | null;
}

/** What a serializer does to strings, and to the order of keys. */
export interface JsonHabits {
  readonly hasSortedKeys: boolean;
  readonly strings: "as they are" | "plain" | "ascii";
}

/** What is nested deeper is left alone. */
const depthMax = 100;
const token = /\s*([{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}[\],:"]+)/y;

/** @returns null for what is no JSON, or nested too deep to be anybody's event. */
export function readJson(text: string): JsonText | null {
  if (!isJson(text) || nesting(text).deepest > depthMax) return null;
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    tokens.push(found[1] ?? "");
  }
  return readValue(tokens.reverse());
}

/** True when brackets or a string are still open at the end, as in a body that was cut. */
export function endsEarly(text: string): boolean {
  const { depth, isInString } = nesting(text);
  return depth > 0 || isInString;
}

/** The same JSON with its strings and its keys as a serializer of these habits has them. */
export function withHabits(json: JsonText, habits: JsonHabits): JsonText {
  if (typeof json === "string") return withHabitsOfStrings(json, habits);
  if ("items" in json) return { items: json.items.map((item) => withHabits(item, habits)) };
  const members = json.members.map(({ key, value }) => ({
    key: withHabitsOfStrings(key, habits),
    value: withHabits(value, habits),
  }));
  if (habits.hasSortedKeys) members.sort((a, b) => compare(a.key.slice(1, -1), b.key.slice(1, -1)));
  return { members };
}

export function writeJson(json: JsonText, layout: JsonLayout, depth = 0): string {
  if (typeof json === "string") return json;
  const [open, close] = "members" in json ? ["{", "}"] : ["[", "]"];
  const parts =
    "members" in json
      ? json.members.map(
          ({ key, value }) => `${key}${layout.colon}${writeJson(value, layout, depth + 1)}`,
        )
      : json.items.map((item) => writeJson(item, layout, depth + 1));
  if (layout.indent === null || parts.length === 0) {
    return `${open}${parts.join(layout.comma)}${close}`;
  }
  const outer = `\n${layout.indent.repeat(depth)}`;
  const inner = `${outer}${layout.indent}`;
  return `${open}${inner}${parts.join(`,${inner}`)}${outer}${close}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function nesting(text: string): { depth: number; deepest: number; isInString: boolean } {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isInString = !isInString;
    else if (isInString && character === "\\") at += 1;
    else if (!isInString) depth += step(character);
    if (depth > deepest) deepest = depth;
  }
  return { deepest, depth, isInString };
}

function step(character: string | undefined): number {
  if (character === "{" || character === "[") return 1;
  return character === "}" || character === "]" ? -1 : 0;
}

/** @param tokens of valid JSON, the next one last. */
function readValue(tokens: string[]): JsonText {
  const first = tokens.pop() ?? "";
  if (first === "{") return { members: readAll(tokens, "}", () => readMember(tokens)) };
  if (first === "[") return { items: readAll(tokens, "]", () => readValue(tokens)) };
  return first;
}

function readMember(tokens: string[]): Member {
  const key = tokens.pop() ?? "";
  tokens.pop();
  return { key, value: readValue(tokens) };
}

function readAll<One>(tokens: string[], close: string, readOne: () => One): One[] {
  const all: One[] = [];
  if (tokens.at(-1) === close) {
    tokens.pop();
    return all;
  }
  let last = ",";
  while (last === ",") {
    all.push(readOne());
    last = tokens.pop() ?? close;
  }
  return all;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function withHabitsOfStrings(text: string, { strings }: JsonHabits): string {
  if (!text.startsWith('"') || strings === "as they are") return text;
  const plain = JSON.stringify(JSON.parse(text));
  return strings === "plain" ? plain : plain.replace(/[\u007f-\uffff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
