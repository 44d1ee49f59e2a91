/**
 * `istripe webhooks list`, `create`, `delete` and `roll-secret`. A signing secret is alone on stdout, once, by the command
 * that made it.
 */
import { callApi, oneLine, textIn, type WireObject } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import type { Form } from "../api/http-request.ts";
import { listObjects } from "../api/pages.ts";
import type { Flags, Given, ReadingCommand } from "../line/command.ts";
import { CommandFailure, type ExitCode, exitCodes, usageFailure } from "../line/failure.ts";
import { type Column, table } from "../line/table.ts";
import { writeData, writeNote } from "../line/terminal.ts";
import { shownTime } from "../line/times.ts";
import { readId, readWords } from "../line/values.ts";

const path = "/v1/webhook_endpoints";
const ownPath = "/v1/istripe/webhook_endpoints";
/** Far more than an account may have. */
const endpointsMax = 1000;

const json: Flags = { json: { about: "Prints the answer as one line of JSON." } };

const columns: readonly Column<WireObject>[] = [
  { of: (endpoint) => textIn(endpoint, "id") ?? "", title: "ID" },
  { of: (endpoint) => textIn(endpoint, "status") ?? "", title: "STATUS" },
  { of: (endpoint) => textIn(endpoint, "api_version") ?? "-", title: "VERSION" },
  { of: (endpoint) => shownTime(endpoint["created"]), title: "CREATED" },
  { of: (endpoint) => textIn(endpoint, "url") ?? "", title: "URL" },
  { of: (endpoint) => eventsOf(endpoint["enabled_events"]), title: "EVENTS" },
];

const eventsOf = (types: unknown): string => (Array.isArray(types) ? types.join(",") : "-");

export const webhooksListCommand: ReadingCommand = {
  about: "Lists the webhook endpoints.",
  examples: ["istripe webhooks list", "istripe webhooks list --json"],
  flags: { ...json, ...connectionFlags },
  operands: [],
  run: async (given) => {
    const endpoints = await listObjects(given, { limit: endpointsMax, noun: "endpoints", path });
    writeData(
      given.isSet("json")
        ? oneLine({ data: endpoints, object: "list" })
        : table(endpoints, columns),
    );
    return exitCodes.ok;
  },
  words: ["webhooks", "list"],
};

export const webhooksCreateCommand: ReadingCommand = {
  about: "Registers a webhook endpoint and prints its signing secret, this once.",
  examples: [
    "istripe webhooks create --url https://shop.example.com/webhooks",
    "istripe webhooks create --url http://localhost:3000/hook --events charge.succeeded,charge.failed",
    "SECRET=$(istripe webhooks create --url https://shop.example.com/hook --ordered)",
  ],
  flags: {
    "api-version": { about: "The version that its events have.", value: "version" },
    description: { about: "What it is for, as lists show it.", value: "text" },
    events: {
      about: "The event types that it wants, with commas between: all by default.",
      isRepeatable: true,
      value: "types",
    },
    ordered: { about: "Events about one object come in their order." },
    "standard-webhooks": { about: "Adds the headers of Standard Webhooks." },
    url: { about: "Where events are sent.", value: "url" },
    ...json,
    ...connectionFlags,
  },
  operands: [],
  run: async (given) => {
    const endpoint = await callApi(given, { form: termsOf(given), method: "POST", path });
    const id = textIn(endpoint, "id") ?? "";
    const settings = ["ordered", "standard-webhooks"].filter((flag) => given.isSet(flag));
    if (settings.length > 0) {
      const form: Form = settings.map((flag) => [flag.replace("-", "_"), "true"]);
      await callApi(given, { form, method: "POST", path: `${ownPath}/${id}/settings` }).catch(
        (error: unknown) => {
          // The endpoint is there all the same, and its secret is not shown again.
          showSecret(given, endpoint, "Made");
          throw error;
        },
      );
    }
    return showSecret(given, endpoint, "Made");
  },
  words: ["webhooks", "create"],
};

function termsOf(given: Given): Form {
  const url = given.text("url");
  if (url === undefined) throw usageFailure("Say where events are sent: --url https://….");
  const types = readWords(given.texts("events"));
  const description = given.text("description");
  const version = given.text("api-version");
  return [
    ["url", url],
    ...(types.length === 0 ? ["*"] : types).map((type) => ["enabled_events[]", type] as const),
    ...(description === undefined ? [] : ([["description", description]] as const)),
    ...(version === undefined ? [] : ([["api_version", version]] as const)),
  ];
}

export const webhooksDeleteCommand: ReadingCommand = {
  about: "Deletes a webhook endpoint; what it has not got yet it never gets.",
  examples: ["istripe webhooks delete we_123"],
  flags: { ...json, ...connectionFlags },
  operands: ["endpoint id"],
  run: async (given) => {
    const id = readId(given.operands[0], "we_");
    const deleted = await callApi(given, { form: [], method: "DELETE", path: `${path}/${id}` });
    writeData(given.isSet("json") ? oneLine(deleted) : `${id}\n`);
    writeNote(`Deleted the endpoint ${id}.`);
    return exitCodes.ok;
  },
  words: ["webhooks", "delete"],
};

export const webhooksRollSecretCommand: ReadingCommand = {
  about: "Replaces a signing secret by a new one and prints that, this once.",
  examples: [
    "istripe webhooks roll-secret we_123",
    "istripe webhooks roll-secret we_123 --expires-in 0",
    "SECRET=$(istripe webhooks roll-secret we_123 --expires-in 3600)",
  ],
  flags: {
    "expires-in": {
      about: "Seconds for which the old one signs too: 86400 by default, 0 to end it now.",
      value: "seconds",
    },
    ...json,
    ...connectionFlags,
  },
  operands: ["endpoint id"],
  run: async (given) => {
    const id = readId(given.operands[0], "we_");
    const expiresIn = given.text("expires-in") ?? "86400";
    if (!/^\d{1,5}$/.test(expiresIn) || Number(expiresIn) > 86_400) {
      throw usageFailure("--expires-in takes a whole number of seconds up to 86400.");
    }
    const rolled = await callApi(given, {
      form: [["expires_in", expiresIn]],
      method: "POST",
      path: `${ownPath}/${id}/roll_secret`,
    });
    const end = expiresIn === "0" ? "signs no more" : `signs too for ${expiresIn} seconds`;
    return showSecret(given, rolled, `The old secret ${end}. Made a new one for`);
  },
  words: ["webhooks", "roll-secret"],
};

/** The secret itself to stdout, what is said about it to stderr. */
function showSecret(given: Given, made: WireObject, done: string): ExitCode {
  const secret = textIn(made, "secret");
  if (given.isSet("json")) writeData(oneLine(made));
  else if (secret !== undefined) writeData(`${secret}\n`);
  else throw new CommandFailure(exitCodes.failed, "The server made a secret but did not send it.");
  writeNote(`${done} the endpoint ${textIn(made, "id")}. Its signing secret is shown this once.`);
  return exitCodes.ok;
}
