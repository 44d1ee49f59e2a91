/**
 * `istripe trigger`: makes the real objects that an event tells of, so that the event is a real one and everything that
 * hangs on it happens too. In test mode only: with a live key, real money would move.
 */
import { oneLine, textIn } from "../api/api.ts";
import { connectionFlags, readConnection } from "../api/connection.ts";
import type { ReadingCommand } from "../line/command.ts";
import { CommandFailure, type ExitCode, exitCodes, usageFailure } from "../line/failure.ts";
import { didYouMean } from "../line/suggestion.ts";
import { writeData } from "../line/terminal.ts";
import { readOverride } from "./parameters.ts";
import { playScenario } from "./play.ts";
import { loadScenario, scenarioNames } from "./scenario.ts";

export const triggerCommand: ReadingCommand = {
  about: "Makes the objects that an event tells of, and so the event.",
  choices: scenarioNames(),
  examples: [
    "istripe trigger charge.succeeded --override amount=500",
    "istripe trigger customer.source.created --override customer:name=Jenny",
    "istripe trigger charge.failed --override source=tok_chargeDeclinedExpiredCard",
    "istripe trigger --list",
  ],
  flags: {
    json: { about: "Prints the event as one line of JSON." },
    list: { about: "Lists the events that can be made." },
    override: {
      about: "A parameter of the last step, or of the step before the colon.",
      isRepeatable: true,
      short: "o",
      value: "[step:]path=value",
    },
    ...connectionFlags,
  },
  notes: "A path has dots or brackets: metadata.order and metadata[order] are the same.",
  operands: [],
  optionalOperand: "event",
  run: async (given) => {
    if (given.isSet("list")) return listScenarios(given.isSet("json"));
    const [event] = given.operands;
    if (event === undefined) throw usageFailure("istripe trigger needs an event, or --list.");
    const scenario = loadScenario(known(event));
    const overrides = given.texts("override").map(readOverride);
    if (scenario.unmakeable !== undefined) {
      throw new CommandFailure(exitCodes.failed, scenario.unmakeable);
    }
    if (/^[a-z]k_live_/.test(readConnection(given).key)) {
      throw usageFailure("This is a live key: trigger makes objects in test mode only.");
    }
    const made = await playScenario(given, scenario, overrides);
    writeData(given.isSet("json") ? oneLine(made) : `${textIn(made, "id")}  ${event}\n`);
    return exitCodes.ok;
  },
  words: ["trigger"],
};

function known(event: string): string {
  const names = scenarioNames();
  if (names.includes(event)) return event;
  throw usageFailure(
    `There is no scenario for ${event}.${didYouMean(event, names)} \`istripe trigger --list\` shows all.`,
  );
}

function listScenarios(isJson: boolean): ExitCode {
  const scenarios = scenarioNames().map(loadScenario);
  const data = scenarios.map(({ about, event, unmakeable }) => ({
    about: unmakeable ?? about,
    event,
    makeable: unmakeable === undefined,
  }));
  const width = Math.max(...data.map(({ event }) => event.length));
  writeData(
    isJson
      ? oneLine({ data, object: "list" })
      : data.map(({ about, event }) => `${event.padEnd(width)}  ${about}\n`).join(""),
  );
  return exitCodes.ok;
}
