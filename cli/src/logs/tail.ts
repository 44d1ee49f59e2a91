/**
 * `istripe logs tail`: requests as the server answers them, one line each, through restarts of the server.
 */
import { oneLine, textIn, type WireObject } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import type { Form } from "../api/http-request.ts";
import type { ReadingCommand } from "../line/command.ts";
import { stopSignal } from "../line/ending.ts";
import { exitCodes, usageFailure } from "../line/failure.ts";
import { createPersistence, rest } from "../line/persistence.ts";
import { printable } from "../line/redaction.ts";
import { didYouMean } from "../line/suggestion.ts";
import { coloured, writeData, writeNote } from "../line/terminal.ts";
import { shownTime } from "../line/times.ts";
import { followRecords } from "./record-stream.ts";

const pollMs = 500;
const beginMax = 100;

export const logsTailCommand: ReadingCommand = {
  about: "Shows requests as the server answers them, until SIGINT or SIGTERM.",
  examples: [
    "istripe logs tail",
    "istripe logs tail --filter status=4xx --filter method=POST",
    "istripe logs tail --filter path=/v1/charges --json",
  ],
  flags: {
    filter: {
      about: "Only such requests: status=2xx, 4xx or 5xx; method; path.",
      isRepeatable: true,
      short: "f",
      value: "name=value",
    },
    json: { about: "Prints each record as one line of JSON, whole." },
    last: {
      about: "How many from before to begin with: 10 by default, 0 to 100.",
      value: "number",
    },
    ...connectionFlags,
  },
  notes:
    "The server's setting ISTRIPE_REQUEST_LOG says what it keeps: writes and errors by default.",
  operands: [],
  run: async (given) => {
    const last = given.text("last") ?? "10";
    if (!/^\d{1,3}$/.test(last) || Number(last) > beginMax) {
      throw usageFailure(`--last takes a whole number from 0 to ${beginMax}.`);
    }
    const filters = given.texts("filter").map(readFilter);
    const records = followRecords(given, filters, Number(last));
    const lineOf = given.isSet("json") ? oneLine : recordLine;
    // The first time, a server that is not there is a mistake in the command.
    const first = await records.next();
    const stop = stopSignal();
    writeNote("Following the requests. Ctrl-C ends it.");
    writeData(first.map(lineOf).join(""));
    const persist = createPersistence();
    while (!stop.aborted) {
      await rest(pollMs, stop);
      const fresh = await persist(() => records.next(), stop);
      writeData((fresh ?? []).map(lineOf).join(""));
    }
    return exitCodes.ok;
  },
  words: ["logs", "tail"],
};

/** What the filter is called in the request. */
const filterNames: Readonly<Record<string, string>> = {
  method: "method",
  path: "path",
  status: "status_class",
};

function readFilter(text: string): Form[number] {
  const [, name = "", value = ""] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  const parameter = Object.hasOwn(filterNames, name) ? filterNames[name] : undefined;
  if (parameter !== undefined) return [parameter, name === "method" ? value.toUpperCase() : value];
  const names = Object.keys(filterNames);
  throw usageFailure(
    `Each --filter takes ${names.join(", ")} and a value, such as status=4xx.${didYouMean(name, names)}`,
  );
}

/** When, what, how it ended, how long it took, and the error if there was one. */
export function recordLine(record: WireObject): string {
  const { duration_ms: durationMs, status } = record as {
    readonly duration_ms?: unknown;
    readonly status?: unknown;
  };
  const isGood = typeof status === "number" && status < 400;
  const parts = [
    shownTime(record["created"]),
    coloured(isGood ? "green" : "red", `[${printable(String(status))}]`),
    printable(`${textIn(record, "method")} ${textIn(record, "path")}`),
    printable(textIn(record, "id") ?? ""),
    typeof durationMs === "number" ? `${Math.round(durationMs)} ms` : "-",
    ...["error_code", "error_message"].map((field) => printable(textIn(record, field) ?? "")),
  ];
  return `${parts.filter((part) => part !== "").join("  ")}\n`;
}
