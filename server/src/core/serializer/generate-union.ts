/**
 * The expression for a value of several possible kinds: null or not, an id or the expanded object, one of several
 * resources. Kinds are told apart by JavaScript's own types, and objects by the literals that their schemas fix (such
 * as `object` and `deleted`); a union that these do not decide is refused when it is compiled.
 */
import type { Position } from "./position.ts";
import { type AnswerSchema, literalsOf, shapeOf } from "./schema.ts";

type Generate = (schema: AnswerSchema, at: Position) => string;

interface Branch {
  /** The source of the test that chooses the branch. */
  readonly test: string;
  readonly result: string;
  /** Whether the result refuses by itself a value that the test would refuse. */
  readonly isChecked: boolean;
}

export function unionExpression(
  options: readonly AnswerSchema[],
  at: Position,
  generate: Generate,
): string {
  const branches: Branch[] = [];
  const objects: AnswerSchema[] = [];
  let otherwise: string | undefined;
  for (const option of options) {
    const shape = shapeOf(option);
    if (shape === "object") objects.push(option);
    else if (shape === "map" || shape === "unknown") otherwise ??= generate(option, at);
    else addBranch(branches, valueBranch(option, at, generate));
  }
  branches.push(...objectBranches(objects, at, generate));
  return chain(branches, otherwise, at);
}

/** Several options of one kind, such as literals, are written alike and need one branch. */
function addBranch(branches: Branch[], branch: Branch): void {
  if (!branches.some((other) => other.test === branch.test)) branches.push(branch);
}

function valueBranch(schema: AnswerSchema, at: Position, generate: Generate): Branch {
  const { value } = at;
  const shape = shapeOf(schema);
  const kind = shape === "literal" ? typeof schema.const : shape;
  switch (kind) {
    case "null":
      return { isChecked: false, result: generate(schema, at), test: `${value} === null` };
    case "string":
    case "boolean":
      // A literal is written like any other value of its type: here it is the value that decides.
      return {
        isChecked: true,
        result: generate({ type: kind }, at),
        test: `typeof ${value} === "${kind}"`,
      };
    case "integer":
    case "number":
      return {
        isChecked: true,
        result: generate({ type: "number" }, at),
        test: `typeof ${value} === "number"`,
      };
    case "array":
      return { isChecked: true, result: generate(schema, at), test: `Array.isArray(${value})` };
    default:
      throw new Error(`The answer's field ${at.field} has an alternative of type ${kind}.`);
  }
}

function objectBranches(
  objects: readonly AnswerSchema[],
  at: Position,
  generate: Generate,
): readonly Branch[] {
  const isObject = `typeof ${at.value} === "object"`;
  const [only] = objects;
  if (only !== undefined && objects.length === 1) {
    return [{ isChecked: true, result: generate(only, at), test: isObject }];
  }
  const tests = new Set<string>();
  // The one with the most literals first: a deleted customer is also a customer.
  const ordered = [...objects].sort((a, b) => literalsOf(b).length - literalsOf(a).length);
  return ordered.map((schema) => {
    const literals = literalsOf(schema).map(
      ([name, literal]) => `${at.value}[${JSON.stringify(name)}] === ${JSON.stringify(literal)}`,
    );
    const test = [isObject, `${at.value} !== null`, ...literals.sort()].join(" && ");
    if (literals.length === 0 || tests.has(test)) {
      throw new Error(`The answer's field ${at.field} has objects that no literal tells apart.`);
    }
    tests.add(test);
    return { isChecked: false, result: generate(schema, at), test };
  });
}

/** Branches that refuse a wrong value by themselves go last, so that the last test can be saved. */
function chain(branches: readonly Branch[], otherwise: string | undefined, at: Position): string {
  const ordered = [...branches].sort((a, b) => Number(a.isChecked) - Number(b.isChecked));
  const last = otherwise === undefined && ordered.at(-1)?.isChecked ? ordered.pop() : undefined;
  const end = otherwise ?? last?.result ?? `refuse(${at.value}, ${JSON.stringify(at.field)})`;
  const tests = ordered.map((branch) => `${branch.test} ? ${branch.result} : `);
  return `(${tests.join("")}${end})`;
}
