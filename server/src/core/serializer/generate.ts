/**
 * Turns an answer's schema into JavaScript: an expression for each leaf, a function for each object and array. Names,
 * indentation and literals are constants of the code, and what is constant before a value is joined to it, null and
 * booleans included: the fewer pieces a text is added up from, the faster it is made. Every string that comes from the
 * schema enters the code through `JSON.stringify`, so it can only ever be a string there.
 */
import { unionExpression } from "./generate-union.ts";
import { sortedKeys } from "./key-order.ts";
import type { Position } from "./position.ts";
import { type AnswerSchema, optionsOf, shapeOf } from "./schema.ts";

/** The source of an expression that gives the text before the value, and the value as JSON. */
export function expression(schema: AnswerSchema, at: Position): string {
  if (schema.anyOf !== undefined) return unionExpression(optionsOf(schema), at, expression);
  const { before, value } = at;
  const given = `${value}, ${source(at.field)}`;
  switch (shapeOf(schema)) {
    case "literal":
      return source(before + JSON.stringify(schema.const));
    case "null":
      return source(`${before}null`);
    case "string":
      return `${source(`${before}"`)} + escaped(${given}) + ${source('"')}`;
    case "integer":
      return `${source(before)} + writeInteger(${given})`;
    case "number":
      return `${source(before)} + writeNumber(${given})`;
    case "boolean":
      return `(isTrue(${given}) ? ${source(`${before}true`)} : ${source(`${before}false`)})`;
    case "map":
      return `${source(before)} + writeMap(${given}, ${source(marginOf(at.depth))})`;
    case "unknown":
      return `${source(before)} + writeUnknown(${value}, ${at.depth})`;
    case "array":
      return call(at, arrayBody(schema, at));
    case "object":
      return call(at, objectBody(schema, at));
  }
}

const source = (text: string): string => JSON.stringify(text);

const marginOf = (depth: number): string => `\n${"  ".repeat(depth)}`;

function call(at: Position, body: string): string {
  const name = `write${at.functions.length}`;
  at.functions.push(`function ${name}(v) {\n${body}\n}`);
  return `${name}(${at.value})`;
}

function arrayBody(schema: AnswerSchema, at: Position): string {
  const { before, depth, field } = at;
  const margin = marginOf(depth + 1);
  const element = expression(schema.items ?? {}, {
    ...at,
    before: "",
    depth: depth + 1,
    field: `${field}[]`,
    value: "v[i]",
  });
  // Nothing is cut out of the text: that would copy all of it.
  return [
    `if (!Array.isArray(v)) throw wrong(v, "array", ${source(field)});`,
    `if (v.length === 0) return ${source(`${before}[]`)};`,
    `let text = ${source(`${before}[${margin}`)};`,
    `for (let i = 0; i < v.length; i += 1) text += ${joined([`(i === 0 ? "" : ${source(`,${margin}`)})`, element])};`,
    `return text + ${source(`${marginOf(depth)}]`)};`,
  ].join("\n");
}

function objectBody(schema: AnswerSchema, at: Position): string {
  const { before, depth, field } = at;
  const declared = Object.keys(schema.properties ?? {});
  const names = schema["x-keys-order"] === "declared" ? declared : sortedKeys(declared);
  // Each member brings the comma before it; the first brings the brace where it is known which one is first.
  const isFirstKnown = schema.required?.includes(names[0] ?? "") ?? false;
  const members = names.map((name, index) =>
    memberOf(schema, name, { ...at, before: index === 0 && isFirstKnown ? `${before}{` : "," }),
  );
  const check = `if (typeof v !== "object" || v === null) throw wrong(v, "object", ${source(field)});`;
  const end = source(`${marginOf(depth)}}`);
  const texts = withRunsOfNull(members);
  if (isFirstKnown) return `${check}\nreturn ${joined([...texts, end])};`;
  return [
    check,
    `const text = ${joined(['""', ...texts])};`,
    `if (text === "") return ${source(`${before}{}`)};`,
    `return ${source(`${before}{`)} + text.slice(1) + ${end};`,
  ].join("\n");
}

interface Member {
  readonly text: string;
  /** What a member that is always sent and may be null needs to be joined with its neighbours. */
  readonly whenNull: { readonly test: string; readonly text: string } | undefined;
}

function memberOf(object: AnswerSchema, name: string, at: Position): Member {
  const schema = object.properties?.[name] ?? {};
  const value = `v[${source(name)}]`;
  const before = `${at.before}${marginOf(at.depth + 1)}${JSON.stringify(name)}: `;
  const text = expression(schema, {
    ...at,
    before,
    depth: at.depth + 1,
    field: at.field === "" ? name : `${at.field}.${name}`,
    value,
  });
  if (!object.required?.includes(name)) {
    return { text: `(${value} === undefined ? "" : ${text})`, whenNull: undefined };
  }
  const canBeNull = optionsOf(schema).length > 1 && optionsOf(schema).some(isNull);
  return {
    text,
    whenNull: canBeNull ? { test: `${value} === null`, text: source(`${before}null`) } : undefined,
  };
}

const isNull = (schema: AnswerSchema): boolean => shapeOf(schema) === "null";

/** Longer runs are rarely null as a whole. */
const runLengthMax = 6;

/**
 * Stripe's objects are mostly nulls, often side by side. A run of them becomes one constant text behind one test, which
 * is most of what makes writing fast: the time goes into the number of pieces.
 */
function withRunsOfNull(members: readonly Member[]): readonly string[] {
  const texts: string[] = [];
  let run: Member[] = [];
  const endRun = (): void => {
    const text = joined(run.map((member) => member.text));
    const tests = run.map((member) => member.whenNull?.test).join(" && ");
    const nulls = joined(run.map((member) => member.whenNull?.text ?? ""));
    if (run.length > 1) texts.push(`(${tests} ? ${nulls} : ${text})`);
    else if (run.length === 1) texts.push(text);
    run = [];
  };
  for (const member of members) {
    if (member.whenNull === undefined || run.length === runLengthMax) endRun();
    if (member.whenNull === undefined) texts.push(member.text);
    else run.push(member);
  }
  endRun();
  return texts;
}

/** Sources of texts, added up; constants that stand side by side become one. */
const joined = (texts: readonly string[]): string => texts.join(" + ").replaceAll('" + "', "");
