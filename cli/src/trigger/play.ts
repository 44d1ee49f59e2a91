/**
 * Plays a scenario: sends its requests in their order, hands what they answered to the later ones, and then looks for
 * the event that it was about. Only an event that the server has recorded counts.
 */
import {
  bodyOf,
  callApi,
  isObject,
  objectsIn,
  refusalOf,
  textIn,
  type WireObject,
} from "../api/api.ts";
import { readConnection } from "../api/connection.ts";
import { type Form, sendRequest } from "../api/http-request.ts";
import type { Given } from "../line/command.ts";
import { CommandFailure, exitCodes, usageFailure } from "../line/failure.ts";
import { rest } from "../line/persistence.ts";
import { didYouMean } from "../line/suggestion.ts";
import { writeNote } from "../line/terminal.ts";
import { formOf, type Override, overridden } from "./parameters.ts";
import { referencePattern, type Scenario, type Step } from "./scenario.ts";

type Answers = ReadonlyMap<string, WireObject>;

/** @returns the event. @throws CommandFailure for what the server refuses, and when no such event came. */
export async function playScenario(
  given: Given,
  scenario: Scenario,
  overrides: readonly Override[],
): Promise<WireObject> {
  refuseUnknownSteps(scenario, overrides);
  const answers = new Map<string, WireObject>();
  for (const step of scenario.steps) {
    const isLast = step === scenario.steps.at(-1);
    const own = overrides.filter(({ step: name }) =>
      name === undefined ? isLast : name === step.name,
    );
    const form = own.reduce(overridden, filled(formOf(step.parameters), answers));
    const answer = await send(given, { ...step, form, path: inPath(step.path, answers) });
    answers.set(step.name, answer);
    const id = textIn(answer, "id");
    writeNote(`${step.name}: ${id ?? "refused, as it should be"}`);
  }
  return awaitEvent(given, scenario, answers);
}

function refuseUnknownSteps({ steps }: Scenario, overrides: readonly Override[]): void {
  const names = steps.map(({ name }) => name);
  for (const { step } of overrides) {
    if (step === undefined || names.includes(step)) continue;
    const meant = didYouMean(step, names);
    throw usageFailure(`There is no step ${step}.${meant} The steps are ${names.join(", ")}.`);
  }
}

/** The answer; a refusal too, where the scenario wants one of that type. */
async function send(given: Given, step: Step & { readonly form: Form }): Promise<WireObject> {
  const { form, method, path, refusal } = step;
  const connection = readConnection(given);
  const answer = await sendRequest(connection, { form, method, path });
  const body = bodyOf(answer, connection);
  if (answer.status < 400) return body;
  const error = isObject(body["error"]) ? body["error"] : {};
  if (refusal !== undefined && textIn(error, "type") === refusal) return body;
  throw refusalOf(answer, body);
}

const filled = (form: Form, answers: Answers): Form =>
  form.map(([name, value]) => [name, resolved(value, answers)]);

const inPath = (path: string, answers: Answers): string =>
  path.replace(referencePattern, (reference) => encodeURIComponent(resolved(reference, answers)));

/** The text with each `${step.field}` replaced by what the step answered. */
const resolved = (text: string, answers: Answers): string =>
  text.replace(referencePattern, (_, path: string) => {
    const [step = "", ...fields] = path.split(".");
    let value: unknown = answers.get(step);
    for (const field of fields) value = fieldOf(value, field);
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw new CommandFailure(exitCodes.failed, `The server's answer to ${step} has no ${path}.`);
  });

/** A time has a month and a year: those of the server's own clock, which is not always ours. */
function fieldOf(value: unknown, field: string): unknown {
  if (isObject(value)) return value[field];
  if (typeof value !== "number") return undefined;
  const time = new Date(value * 1000);
  if (field === "month") return time.getUTCMonth() + 1;
  return field === "year" ? time.getUTCFullYear() : undefined;
}

const pollMsMin = 100;
const pollMsMax = 1000;

/** Most are there at once: an event is committed with what it tells of. */
async function awaitEvent(given: Given, scenario: Scenario, answers: Answers): Promise<WireObject> {
  const { event: type, withinSeconds } = scenario;
  const about = resolved(scenario.object, answers);
  const end = performance.now() + withinSeconds * 1000;
  const never = new AbortController().signal;
  for (let polls = 0; ; polls += 1) {
    const found = await findEvent(given, type, about);
    if (found !== undefined) return found;
    if (performance.now() > end) break;
    if (polls === 0) writeNote(`Waiting for ${type}, for ${withinSeconds} seconds at the most.`);
    await rest(Math.min(pollMsMax, pollMsMin * 2 ** polls), never);
  }
  throw new CommandFailure(
    exitCodes.failed,
    `The server made no event ${type} about ${about}: an override may have made another of it.`,
  );
}

async function findEvent(
  given: Given,
  type: string,
  about: string,
): Promise<WireObject | undefined> {
  const form: Form = [
    ["type", type],
    ["limit", "100"],
  ];
  const list = await callApi(given, { form, method: "GET", path: "/v1/events" });
  return objectsIn(list, "data").find(({ data }) => {
    const object = isObject(data) ? data["object"] : undefined;
    return isObject(object) && object["id"] === about;
  });
}
