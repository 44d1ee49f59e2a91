/**
 * `istripe webhooks deliveries`, `attempts` and `replay`: what was sent where, how each attempt ended and why, and how to
 * send a stretch of it again.
 */
import { callApi, isObject, objectsIn, oneLine, textIn, type WireObject } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import type { Form } from "../api/http-request.ts";
import { listObjects } from "../api/pages.ts";
import type { Flags, ReadingCommand } from "../line/command.ts";
import { exitCodes, usageFailure } from "../line/failure.ts";
import { printable } from "../line/redaction.ts";
import { didYouMean } from "../line/suggestion.ts";
import { type Column, table } from "../line/table.ts";
import { coloured, writeData, writeNote } from "../line/terminal.ts";
import { readTime, shownTime } from "../line/times.ts";
import { readCount, readId, readWords } from "../line/values.ts";

const path = "/v1/istripe/webhook_deliveries";
const limitMax = 10_000;
const statuses = ["pending", "succeeded", "failed"];
const json: Flags = { json: { about: "Prints the answer as one line of JSON." } };

const columns: readonly Column<WireObject>[] = [
  { of: (delivery) => textIn(delivery, "id") ?? "", title: "ID" },
  { of: (delivery) => textIn(delivery, "event_type") ?? "", title: "TYPE" },
  { of: (delivery) => textIn(delivery, "event") ?? "", title: "EVENT" },
  { of: (delivery) => textIn(delivery, "endpoint") ?? "", title: "ENDPOINT" },
  { of: (delivery) => textIn(delivery, "status") ?? "", title: "STATUS" },
  { of: (delivery) => String(delivery["attempt_count"] ?? "-"), title: "ATTEMPTS" },
  { of: (delivery) => shownTime(delivery["next_attempt_at"]), title: "NEXT" },
  {
    of: ({ failure }) => (isObject(failure) ? (textIn(failure, "reason") ?? "-") : "-"),
    title: "WHY",
  },
];

export const webhooksDeliveriesCommand: ReadingCommand = {
  about: "Lists deliveries of events, the newest first.",
  examples: [
    "istripe webhooks deliveries --status failed",
    "istripe webhooks deliveries --event evt_123",
    "istripe webhooks deliveries --endpoint we_123 --since 2h --json",
  ],
  flags: {
    endpoint: { about: "Only those to this endpoint.", value: "id" },
    event: { about: "Only those of this event.", value: "id" },
    limit: { about: "How many: 20 by default.", value: "number" },
    since: { about: "Only those made at this time or later: 2h, or a time.", value: "time" },
    status: { about: `Only ${statuses.join(", ")}.`, choices: statuses, value: "status" },
    ...json,
    ...connectionFlags,
  },
  operands: [],
  run: async (given) => {
    const since = given.text("since");
    const form: Form = [
      ["endpoint", given.text("endpoint")] as const,
      ["event", given.text("event")] as const,
      ["status", readChoice("status", given.text("status"), statuses)] as const,
      ["created[gte]", since && String(readTime("since", since))] as const,
    ].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    const limit = readCount("limit", given.text("limit") ?? "20", limitMax);
    const found = await listObjects(given, { form, limit, noun: "deliveries", path });
    writeData(
      given.isSet("json") ? oneLine({ data: found, object: "list" }) : table(found, columns),
    );
    return exitCodes.ok;
  },
  words: ["webhooks", "deliveries"],
};

export const webhooksAttemptsCommand: ReadingCommand = {
  about: "Shows every attempt of a delivery, the first one first, and why it failed.",
  examples: ["istripe webhooks attempts whd_123", "istripe webhooks attempts whd_123 --json"],
  flags: { ...json, ...connectionFlags },
  operands: ["delivery id"],
  run: async (given) => {
    const id = readId(given.operands[0], "whd_");
    const list = await callApi(given, { form: [], method: "GET", path: `${path}/${id}/attempts` });
    const attempts = objectsIn(list, "data");
    writeData(
      given.isSet("json") ? oneLine(list) : attempts.toReversed().map(attemptText).join(""),
    );
    if (attempts.length === 0) writeNote(`The delivery ${id} has not been attempted yet.`);
    return exitCodes.ok;
  },
  words: ["webhooks", "attempts"],
};

/** A line for how it ended, and below it where it went and what is known of why. */
export function attemptText(attempt: WireObject): string {
  const {
    duration_ms: durationMs,
    number,
    request,
    status,
  } = attempt as Readonly<
    Partial<Record<"duration_ms" | "number" | "request" | "status", unknown>>
  >;
  const isGood = textIn(attempt, "outcome") === "succeeded";
  const outcome =
    typeof status === "number" ? String(status) : (textIn(attempt, "reason") ?? "failed");
  const head = [
    shownTime(attempt["created"]),
    `attempt ${number}`,
    coloured(isGood ? "green" : "red", `[${printable(outcome)}]`),
    `${durationMs} ms`,
  ];
  const details = [
    isObject(request) ? textIn(request, "url") : undefined,
    textIn(attempt, "message"),
    textIn(attempt, "diagnosis"),
  ].filter((text) => text !== undefined && text !== "");
  return [head.join("  "), ...details.map((text) => `    ${printable(text ?? "")}`)]
    .map((line) => `${line}\n`)
    .join("");
}

const which = ["failed", "missing", "all"];

export const webhooksReplayCommand: ReadingCommand = {
  about: "Sends an endpoint the events of a stretch of time again.",
  examples: [
    "istripe webhooks replay we_123 --since 2h",
    "istripe webhooks replay we_123 --since 2026-01-31T13:00:00Z --until 2026-01-31T14:00:00Z --only all",
    "istripe webhooks replay we_123 --since 1d --type charge.succeeded --only missing",
  ],
  flags: {
    only: { about: `${which.join(", ")}: failed by default.`, choices: which, value: "which" },
    since: { about: "From this time on: 2h, or a time.", value: "time" },
    type: { about: "Only these event types.", isRepeatable: true, value: "types" },
    until: { about: "Up to this time: now by default.", value: "time" },
    ...json,
    ...connectionFlags,
  },
  notes: "failed is what was given up, missing what was never made for this endpoint.",
  operands: ["endpoint id"],
  run: async (given) => {
    const id = readId(given.operands[0], "we_");
    const since = given.text("since");
    if (since === undefined) throw usageFailure("Say from when: --since 2h, or a time.");
    const until = given.text("until");
    const form: Form = [
      ["created[gte]", String(readTime("since", since))],
      ...(until === undefined
        ? []
        : ([["created[lte]", String(readTime("until", until))]] as const)),
      ...readWords(given.texts("type")).map((type) => ["types[]", type] as const),
      ["only", readChoice("only", given.text("only"), which) ?? "failed"],
    ];
    const path = `/v1/istripe/webhook_endpoints/${id}/replay`;
    const replay = await callApi(given, { form, method: "POST", path });
    writeData(given.isSet("json") ? oneLine(replay) : `${replay["deliveries"]}\n`);
    writeNote(`Sending ${replay["deliveries"]} deliveries to ${id} again.`);
    return exitCodes.ok;
  },
  words: ["webhooks", "replay"],
};

function readChoice(
  flag: string,
  text: string | undefined,
  choices: readonly string[],
): string | undefined {
  if (text === undefined || choices.includes(text)) return text;
  throw usageFailure(`--${flag} takes ${choices.join(", ")}.${didYouMean(text, choices)}`);
}
