/**
 * Calls the API and turns what it refuses into a failure with the exit code that fits. The commands on top see JSON
 * objects and never a status.
 */

import type { Given } from "../line/command.ts";
import { CommandFailure, type ExitCode, exitCodes } from "../line/failure.ts";
import { writeData } from "../line/terminal.ts";
import { type Connection, readConnection } from "./connection.ts";
import { type HttpAnswer, type HttpRequest, sendRequest } from "./http-request.ts";

/** An object of the wire; its fields are checked where they are read. */
export type WireObject = Readonly<Record<string, unknown>>;

/** @returns the object that the server answered. @throws CommandFailure with the server's own sentence otherwise. */
export async function callApi(given: Given, sent: HttpRequest): Promise<WireObject> {
  const { answer, body } = await ask(given, sent);
  if (answer.status < 400) return body;
  if (given.isSet("json")) writeData(oneLine(body));
  throw refusalOf(answer, body);
}

/** As {@link callApi} for a command that goes on after a refusal: its stdout never holds what was refused. */
export async function callQuietly(given: Given, sent: HttpRequest): Promise<WireObject> {
  const { answer, body } = await ask(given, sent);
  if (answer.status < 400) return body;
  throw refusalOf(answer, body);
}

async function ask(given: Given, sent: HttpRequest) {
  const connection = readConnection(given);
  const answer = await sendRequest(connection, sent);
  return { answer, body: bodyOf(answer, connection) };
}

/** @throws CommandFailure when it is not an object: then something else than iStripe answered. */
export function bodyOf(answer: HttpAnswer, { base }: Connection): WireObject {
  try {
    const body: unknown = JSON.parse(answer.text);
    if (isObject(body)) return body;
  } catch {
    // What follows says it better than the parser.
  }
  throw new CommandFailure(
    exitCodes.failed,
    `${base.origin} answered ${answer.status} with something that is no JSON object: it may not be iStripe.`,
    { mayPass: mayPass(answer.status) },
  );
}

/** The failure that an answer of 400 or more stands for, with the server's own sentence. */
export function refusalOf(answer: HttpAnswer, body: WireObject): CommandFailure {
  const error = isObject(body["error"]) ? body["error"] : {};
  const message = textIn(error, "message") ?? `The server answered ${answer.status}.`;
  const param = textIn(error, "param");
  const requestId = answer.headers.find(([name]) => /^request-id$/i.test(name))?.[1];
  const particulars = [
    textIn(error, "code"),
    textIn(error, "decline_code"),
    param && `parameter ${param}`,
    requestId && `request ${requestId}`,
  ].filter((text) => text !== undefined && text !== "");
  const suffix = particulars.length === 0 ? "" : ` (${particulars.join(", ")})`;
  return new CommandFailure(exitCodeOf(answer.status), message + suffix, {
    mayPass: mayPass(answer.status),
  });
}

/** A gateway's 502 too; 501 is what the server has not built. */
const mayPass = (status: number): boolean => status === 429 || (status >= 500 && status !== 501);

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCodes.unauthenticated;
  return status === 404 ? exitCodes.notFound : exitCodes.failed;
}

export const oneLine = (body: unknown): string => `${JSON.stringify(body)}\n`;

export const isObject = (value: unknown): value is WireObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field that is a text; undefined for whatever else it may be. */
export function textIn(object: WireObject, field: string): string | undefined {
  const value = object[field];
  return typeof value === "string" ? value : undefined;
}

/** The objects of a field that is a list. @throws Error when the field is no list. */
export function objectsIn(object: WireObject, field: string): readonly WireObject[] {
  const value = object[field];
  if (Array.isArray(value)) return value.filter(isObject);
  throw new CommandFailure(
    exitCodes.failed,
    `The server's answer has no list "${field}": it may be of another version than this program.`,
  );
}
