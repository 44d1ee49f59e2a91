/**
 * `istripe get`, `post` and `delete`: any path of the API by hand. The body goes to stdout as it came, refusals too, so
 * that a script can read the whole error; the sentence goes to stderr.
 */
import { randomUUID } from "node:crypto";
import { bodyOf, oneLine, refusalOf } from "../api/api.ts";
import { connectionFlags, readConnection } from "../api/connection.ts";
import {
  type Form,
  type HttpAnswer,
  type HttpRequest,
  type Method,
  sendRequest,
  wasNeverSent,
} from "../api/http-request.ts";
import type { Flags, Given, ReadingCommand } from "../line/command.ts";
import { CommandFailure, type ExitCode, exitCodes, usageFailure } from "../line/failure.ts";
import { writeData } from "../line/terminal.ts";

const data = (about: string): Flags => ({
  data: { about, isRepeatable: true, short: "d", value: "key=value" },
});

const outputFlags: Flags = {
  include: { about: "Puts the status and the headers before the body.", short: "i" },
  json: { about: "Prints the body as one line." },
};

export const getCommand: ReadingCommand = {
  about: "Retrieves an object or a list.",
  examples: [
    "istripe get /v1/charges -d limit=3",
    "istripe get /v1/balance --json",
    'istripe get /v1/charges -d "created[gte]=1700000000" -d "expand[]=data.balance_transaction"',
  ],
  flags: { ...data("A parameter, for the query."), ...outputFlags, ...connectionFlags },
  operands: ["path"],
  run: (given) => request("GET", given),
  words: ["get"],
};

export const postCommand: ReadingCommand = {
  about: "Creates or changes an object.",
  examples: [
    "istripe post /v1/charges -d amount=2000 -d currency=usd -d source=tok_visa",
    'istripe post /v1/charges/ch_123 -d "metadata[order]=6735"',
    "istripe post /v1/refunds -d charge=ch_123 --idempotency-key order-6735-refund",
  ],
  flags: {
    ...data("A parameter, for the body."),
    "idempotency-key": {
      about: "A name for this request: sent again, it is not done again.",
      value: "key",
    },
    ...outputFlags,
    ...connectionFlags,
  },
  operands: ["path"],
  run: (given) => request("POST", given),
  words: ["post"],
};

export const deleteCommand: ReadingCommand = {
  about: "Deletes an object.",
  examples: ["istripe delete /v1/customers/cus_123", "istripe delete /v1/tokens/tok_123 --json"],
  flags: { ...data("A parameter, for the query."), ...outputFlags, ...connectionFlags },
  operands: ["path"],
  run: (given) => request("DELETE", given),
  words: ["delete"],
};

async function request(method: Method, given: Given): Promise<ExitCode> {
  if (given.isSet("include") && given.isSet("json")) {
    throw usageFailure("--include and --json exclude each other: headers are no JSON.");
  }
  const sent: HttpRequest = {
    form: given.texts("data").map(readParameter),
    method,
    path: readPath(given.operands[0] ?? ""),
    ...(method === "POST" && { idempotencyKey: readIdempotencyKey(given) }),
  };
  const connection = readConnection(given);
  const answer = await sendRequest(connection, sent).catch((error: unknown) => {
    const mayBeDone = error instanceof CommandFailure && !wasNeverSent(error);
    throw mayBeDone ? withRepetition(error, sent) : error;
  });
  const body = bodyOf(answer, connection);
  if (given.isSet("include")) writeData(headOf(answer));
  writeData(given.isSet("json") ? oneLine(body) : answer.text.replace(/\n?$/, "\n"));
  if (answer.status < 400) return exitCodes.ok;
  const refusal = refusalOf(answer, body);
  throw mayHaveBeenDone(answer) ? withRepetition(refusal, sent) : refusal;
}

/** The server broke in the middle; 501 is what it has not built. */
const mayHaveBeenDone = ({ status }: HttpAnswer): boolean => status >= 500 && status !== 501;

/** Every POST has an idempotency key, so that one of which nothing is known can be repeated without harm. */
function withRepetition(failure: CommandFailure, { idempotencyKey }: HttpRequest): CommandFailure {
  if (idempotencyKey === undefined) return failure;
  return new CommandFailure(
    failure.exitCode,
    `${failure.message} To repeat it without doing it twice, add --idempotency-key ${idempotencyKey}`,
    { cause: failure },
  );
}

function readIdempotencyKey(given: Given): string {
  const key = given.text("idempotency-key") ?? randomUUID();
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw usageFailure("--idempotency-key takes 1 to 255 letters, digits and signs, without spaces.");
}

/** The text is never repeated in the refusal: it may be a card number that lacks its name. */
function readParameter(text: string): Form[number] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw usageFailure(
      "Each -d takes a name and a value, such as -d amount=2000; one has no name.",
    );
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

function readPath(text: string): string {
  if (/^[a-z]+:\/\//i.test(text)) {
    throw usageFailure("Give a path such as /v1/charges; --api-base says which server.");
  }
  return text.startsWith("/") ? text : `/${text}`;
}

const headOf = ({ headers, status, statusText }: HttpAnswer): string =>
  [
    `HTTP/1.1 ${status} ${statusText}`.trimEnd(),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\n");
