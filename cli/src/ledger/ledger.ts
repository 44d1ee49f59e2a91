/**
 * `istripe ledger verify`: has the server add up everything it has booked and says what does not agree. A ledger that
 * does not balance is a failure, so that a nightly job notices.
 */
import { callApi, isObject, objectsIn, oneLine, textIn, type WireObject } from "../api/api.ts";
import { connectionFlags } from "../api/connection.ts";
import type { ReadingCommand } from "../line/command.ts";
import { CommandFailure, exitCodes } from "../line/failure.ts";
import { printable } from "../line/redaction.ts";
import { writeData } from "../line/terminal.ts";

/** It reads every entry there is: minutes where a single object takes milliseconds. */
const timeoutMs = 1_800_000;

export const ledgerVerifyCommand: ReadingCommand = {
  about: "Checks that every cent is accounted for; exits with 1 when one is not.",
  examples: ["istripe ledger verify", "istripe ledger verify --json"],
  flags: { json: { about: "Prints the report as one line of JSON." }, ...connectionFlags },
  operands: [],
  run: async (given) => {
    const path = "/v1/istripe/ledger/verify";
    const report = await callApi(given, { form: [], method: "POST", path, timeoutMs });
    const differences = objectsIn(report, "differences");
    writeData(given.isSet("json") ? oneLine(report) : reportText(report, differences));
    if (report["ok"] === true) return exitCodes.ok;
    const count = differences.length === 1 ? "1 difference" : `${differences.length} differences`;
    throw new CommandFailure(exitCodes.failed, `The ledger does not balance: ${count}.`);
  },
  words: ["ledger", "verify"],
};

/** The report as sentences, one a line: what was checked, or each difference. */
export function reportText(report: WireObject, differences: readonly WireObject[]): string {
  const lines =
    report["ok"] === true
      ? [`The ledger balances. Checked: ${checkedText(report["checked"])}.`]
      : differences.map(differenceText);
  return lines.map((line) => `${printable(line)}\n`).join("");
}

const spaced = (name: string): string => name.replaceAll("_", " ");

const checkedText = (checked: unknown): string =>
  isObject(checked)
    ? Object.entries(checked)
        .map(([what, count]) => `${count} ${spaced(what)}`)
        .join(", ")
    : "nothing";

/** "The charge ch_123 should be 2000 usd and is 1900 usd." Amounts are in the currency's smallest unit. */
function differenceText(difference: WireObject): string {
  const currency = textIn(difference, "currency");
  const amount = (value: unknown): string =>
    currency === undefined ? String(value) : `${value} ${currency}`;
  const { expected, found } = difference as {
    readonly expected?: unknown;
    readonly found?: unknown;
  };
  const subject = ["The", spaced(textIn(difference, "kind") ?? "entry"), textIn(difference, "id")]
    .filter((word) => word !== undefined)
    .join(" ");
  if (isAbsent(found)) return `${subject} should be ${amount(expected)} and is missing.`;
  if (isAbsent(expected)) return `${subject} should not be there and is ${amount(found)}.`;
  return `${subject} should be ${amount(expected)} and is ${amount(found)}.`;
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined;
