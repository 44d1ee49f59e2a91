/**
 * `istripe events list`, `retrieve` and `resend`.
 */
import { callApi, isObject, oneLine, textIn, type WireObject } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import type { Form } from "../api/http-request.ts";
import { listObjects } from "../api/pages.ts";
import type { Flags, Given, ReadingCommand } from "../line/command.ts";
import { type ExitCode, exitCodes } from "../line/failure.ts";
import { type Column, table } from "../line/table.ts";
import { writeData, writeNote } from "../line/terminal.ts";
import { shownTime } from "../line/times.ts";
import { readCount, readId, readWords } from "../line/values.ts";

const path = "/v1/events";
const limitMax = 10_000;

const json: Flags = { json: { about: "Prints the answer as one line of JSON." } };

const columns: readonly Column<WireObject>[] = [
  { of: (event) => textIn(event, "id") ?? "", title: "ID" },
  { of: (event) => textIn(event, "type") ?? "", title: "TYPE" },
  { of: (event) => shownTime(event["created"]), title: "CREATED" },
  { of: (event) => objectOf(event), title: "OBJECT" },
  { of: (event) => String(event["pending_webhooks"] ?? "-"), title: "PENDING" },
];

function objectOf({ data }: WireObject): string {
  const object = isObject(data) ? data["object"] : undefined;
  return (isObject(object) ? textIn(object, "id") : undefined) ?? "-";
}

export const eventsListCommand: ReadingCommand = {
  about: "Lists events, the newest first.",
  examples: [
    "istripe events list",
    "istripe events list --type charge.* --limit 100",
    "istripe events list --type charge.failed --json",
  ],
  flags: {
    limit: { about: "How many: 20 by default.", value: "number" },
    type: {
      about: "Only these types; charge.* stands for all of its kind.",
      isRepeatable: true,
      value: "types",
    },
    ...json,
    ...connectionFlags,
  },
  operands: [],
  run: async (given) => {
    const types = readWords(given.texts("type"));
    const form: Form = types.map((type) => ["types[]", type]);
    const limit = readCount("limit", given.text("limit") ?? "20", limitMax);
    const events = await listObjects(given, { form, limit, noun: "events", path });
    writeData(
      given.isSet("json") ? oneLine({ data: events, object: "list" }) : table(events, columns),
    );
    return exitCodes.ok;
  },
  words: ["events", "list"],
};

export const eventsRetrieveCommand: ReadingCommand = {
  about: "Shows an event with its object as it was.",
  examples: ["istripe events retrieve evt_123", "istripe events retrieve evt_123 --json"],
  flags: { ...json, ...connectionFlags },
  operands: ["event id"],
  run: async (given) => {
    const id = readId(given.operands[0], "evt_");
    return show(given, await callApi(given, { form: [], method: "GET", path: `${path}/${id}` }));
  },
  words: ["events", "retrieve"],
};

function show(given: Given, event: WireObject): ExitCode {
  writeData(given.isSet("json") ? oneLine(event) : `${JSON.stringify(event, null, 2)}\n`);
  return exitCodes.ok;
}

export const eventsResendCommand: ReadingCommand = {
  about: "Sends an event again, to one endpoint or to all that want it.",
  examples: [
    "istripe events resend evt_123",
    "istripe events resend evt_123 --webhook-endpoint we_123",
  ],
  flags: {
    "webhook-endpoint": { about: "The only endpoint that is to get it.", value: "id" },
    ...json,
    ...connectionFlags,
  },
  operands: ["event id"],
  run: async (given) => {
    const id = readId(given.operands[0], "evt_");
    const endpoint = given.text("webhook-endpoint");
    const form: Form =
      endpoint === undefined ? [] : [["webhook_endpoint", readId(endpoint, "we_", "whl_")]];
    const event = await callApi(given, { form, method: "POST", path: `${path}/${id}/retry` });
    if (given.isSet("json")) writeData(oneLine(event));
    else writeData(`${textIn(event, "id")}  ${textIn(event, "type")}\n`);
    writeNote(
      `${id} is due again: \`istripe webhooks deliveries --event ${id}\` shows how it goes.`,
    );
    return exitCodes.ok;
  },
  words: ["events", "resend"],
};
