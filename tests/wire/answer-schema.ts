/**
 * Compares an answer with the schema that its operation declares: every key that is declared and none that is not, each
 * of its type. Written apart from the serializer, so that a mistake there is not repeated here.
 */

/** The part of JSON Schema that answers use. */
export interface AnswerSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly AnswerSchema[];
  readonly items?: AnswerSchema;
  readonly properties?: Readonly<Record<string, AnswerSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: AnswerSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, AnswerSchema>>;
  readonly $ref?: string;
}

/** @returns where and how the value departs from the schema; undefined when it does not. */
export function mismatch(schema: AnswerSchema, value: unknown, at = "$"): string | undefined {
  if (schema.anyOf !== undefined) return unionMismatch(schema.anyOf, value, at);
  const words = "const" in schema ? [schema.const] : schema.enum;
  if (words !== undefined) {
    return words.includes(value) ? undefined : `${at} is none of its words`;
  }
  switch (schema.type) {
    case "object":
      return objectMismatch(schema, value, at);
    case "array":
      return listMismatch(schema, value, at);
    case undefined:
      // A resource by name, or any value.
      return schema.$ref === undefined || isHash(value) ? undefined : `${at} is no object`;
    default:
      return isOfType(schema.type, value) ? undefined : `${at} is no ${schema.type}`;
  }
}

function isOfType(type: string, value: unknown): boolean {
  if (type === "integer") return Number.isSafeInteger(value);
  return type === "null" ? value === null : typeof value === type;
}

const isHash = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function unionMismatch(
  options: readonly AnswerSchema[],
  value: unknown,
  at: string,
): string | undefined {
  const found = options.map((option) => mismatch(option, value, at));
  return found.includes(undefined) ? undefined : found.at(0);
}

function listMismatch(schema: AnswerSchema, value: unknown, at: string): string | undefined {
  if (!Array.isArray(value)) return `${at} is no list`;
  const items = schema.items ?? {};
  return value
    .map((element, index) => mismatch(items, element, `${at}[${index}]`))
    .find((found) => found !== undefined);
}

function objectMismatch(schema: AnswerSchema, value: unknown, at: string): string | undefined {
  if (!isHash(value)) return `${at} is no object`;
  const properties = schema.properties ?? {};
  const missing = (schema.required ?? []).find((name) => !(name in value));
  if (missing !== undefined) return `${at}.${missing} is missing`;
  const others = otherProperties(schema);
  for (const [name, inner] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : others;
    const found =
      property === undefined
        ? `${at}.${name} is not declared`
        : mismatch(property, inner, `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The schema of keys that are not named; undefined where there may be none. */
function otherProperties(schema: AnswerSchema): AnswerSchema | undefined {
  const { additionalProperties, patternProperties = {} } = schema;
  if (typeof additionalProperties === "object") return additionalProperties;
  return Object.values(patternProperties).at(0);
}
