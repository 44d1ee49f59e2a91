/**
 * Scenarios are data: a file for each event type, with the requests that make it happen. They are checked when they are
 * read, so that a mistake in a file is a sentence about that file.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type WireObject } from "../api/api.ts";
import type { Method } from "../api/http-request.ts";
import type { Parameter } from "./parameters.ts";

export interface Step {
  /** What later steps call its answer: `${charge.id}`. */
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The type of error that it must be refused with, where the refusal is what makes the event: `card_error`. */
  readonly refusal?: string;
}

export interface Scenario {
  readonly event: string;
  /** One sentence for lists. */
  readonly about: string;
  /** Never empty, unless `unmakeable` says why. */
  readonly steps: readonly Step[];
  /** Which object the event is about: `${charge.id}`. */
  readonly object: string;
  /** How long the event may take after the last step. */
  readonly withinSeconds: number;
  /** Why no request can make it happen, as a sentence. */
  readonly unmakeable?: string;
}

export const scenarioFolder = join(import.meta.dirname, "../scenarios");
const withinSecondsDefault = 10;
const withinSecondsMax = 600;
const methods: readonly Method[] = ["GET", "POST", "DELETE"];

/** The event types that there is a scenario for, sorted. */
export const scenarioNames = (): readonly string[] =>
  readdirSync(scenarioFolder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .toSorted();

/** @param event one of {@link scenarioNames}. @throws Error that says what is wrong with its file. */
export const loadScenario = (event: string): Scenario =>
  readScenario(event, readFileSync(join(scenarioFolder, `${event}.json`), "utf8"));

/** @throws Error that names the file and says what is wrong with it. */
export function readScenario(event: string, text: string): Scenario {
  const check = checkerOf(`The scenario ${event}.json`);
  const file = objectFrom(text, check);
  const fields = ["about", "event", "object", "steps", "unmakeable", "withinSeconds"];
  checkFields(file, { check, fields, of: "it" });
  check(file["event"] === event, "must be of the event that it is named after");
  const about = sentence(file["about"], check);
  if (file["unmakeable"] !== undefined) {
    const unmakeable = sentence(file["unmakeable"], check);
    check(file["steps"] === undefined, "cannot have steps when it cannot be made");
    return { about, event, object: "", steps: [], unmakeable, withinSeconds: 0 };
  }
  const { object, steps, withinSeconds = withinSecondsDefault } = file as Partial<Scenario>;
  check(Array.isArray(steps) && steps.length > 0, "needs steps");
  const known = new Set<string>();
  const read = (steps ?? []).map((step) => readStep(step, known, check));
  check(
    typeof object === "string" && /^\$\{[^}]+\}$/.test(object),
    "needs an object, which one of its steps answered",
  );
  checkReferences(object, known, check);
  check(
    Number.isInteger(withinSeconds) && withinSeconds > 0 && withinSeconds <= withinSecondsMax,
    `needs withinSeconds from 1 to ${withinSecondsMax}`,
  );
  return { about, event, object: object ?? "", steps: read, withinSeconds };
}

/** Throws unless the claim holds. */
type Check = (claim: boolean, otherwise: string) => void;

const checkerOf =
  (subject: string): Check =>
  (claim, otherwise) => {
    if (!claim) throw new Error(`${subject} ${otherwise}.`);
  };

function objectFrom(text: string, check: Check): WireObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    check(false, `is no JSON: ${(error as Error).message}`);
  }
  check(isObject(value), "must hold an object");
  return value as WireObject;
}

function checkFields(
  object: WireObject,
  {
    check,
    fields,
    of,
  }: { readonly check: Check; readonly fields: readonly string[]; readonly of: string },
): void {
  const unknown = Object.keys(object).find((name) => !fields.includes(name));
  check(unknown === undefined, `has the field ${unknown}, which ${of} cannot have`);
}

function sentence(value: unknown, check: Check): string {
  check(
    typeof value === "string" && /^[A-Z].*\.$/.test(value),
    "needs sentences that end with a dot",
  );
  return String(value);
}

/** @param known the names of the steps before it; gets this one's. */
function readStep(value: unknown, known: Set<string>, check: Check): Step {
  check(isObject(value), "has a step that is no object");
  const step = value as WireObject;
  const fields = ["method", "name", "parameters", "path", "refusal"];
  checkFields(step, { check, fields, of: "a step" });
  const { method, name, parameters = {}, path, refusal } = step as Partial<Step>;
  check(typeof name === "string" && /^[a-z]\w*$/.test(name), "has a step without a name");
  check(!known.has(name ?? ""), `has two steps called ${name}`);
  check(
    method !== undefined && methods.includes(method),
    `has no usable method in the step ${name}`,
  );
  check(typeof path === "string" && /^\/v1\/[^?#]+$/.test(path), `has no path in the step ${name}`);
  check(isObject(parameters), `has no usable parameters in the step ${name}`);
  check(isParameter(parameters), `has a parameter that cannot be sent in the step ${name}`);
  check(refusal === undefined || typeof refusal === "string", `has no usable refusal in ${name}`);
  checkReferences([path, parameters], known, check);
  known.add(name ?? "");
  return {
    method: method ?? "GET",
    name: name ?? "",
    parameters,
    path: path ?? "",
    ...(refusal !== undefined && { refusal }),
  };
}

function isParameter(value: unknown): value is Parameter {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isParameter);
  return ["boolean", "number", "string"].includes(typeof value);
}

/** What a text refers to: `charge.id` of `/v1/charges/${charge.id}`. */
export const referencePattern = /\$\{([^}]*)\}/g;

function checkReferences(value: unknown, known: ReadonlySet<string>, check: Check): void {
  for (const [, path = ""] of JSON.stringify(value ?? null).matchAll(referencePattern)) {
    const [step = "", ...fields] = path.split(".");
    const isKnown = known.has(step) && fields.length > 0;
    check(isKnown, `refers to ${path}, which no step before it has`);
  }
}
