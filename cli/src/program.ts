/**
 * Finds the command that was typed, runs it, and turns however it ends into an exit code. Nothing is guessed: what is
 * not understood is refused with the nearest thing that is.
 */

import { version } from "./api/http-request.ts";
import { commands } from "./commands.ts";
import { readArguments } from "./line/arguments.ts";
import { type Environment, titleOf } from "./line/command.ts";
import { CommandFailure, type ExitCode, exitCodes, usageFailure } from "./line/failure.ts";
import { commandHelp, environmentHelp, overviewHelp } from "./line/help.ts";
import { didYouMean } from "./line/suggestion.ts";
import { allowReaderToLeave, writeData, writeError } from "./line/terminal.ts";

/** Another word that people type for the first one. */
const synonyms: Readonly<Record<string, string>> = { webhook: "webhooks" };

const about = "istripe: runs an iStripe server and talks to one.";
/** What most readers of the first page came for. */
const firstExamples = [
  "istripe serve",
  "istripe listen --forward-to localhost:3000/webhooks",
  "istripe trigger charge.succeeded --override amount=500",
  "istripe post /v1/charges -d amount=2000 -d currency=usd -d source=tok_visa",
  "istripe events list",
  "istripe logs tail",
];

/** @param call `argv` begins after the program's own name. Never throws: a bug is reported and fails. */
export async function runProgram(call: {
  readonly argv: readonly string[];
  readonly environment: Environment;
}): Promise<ExitCode> {
  try {
    return await run(withoutSynonym(call.argv), call.environment);
  } catch (error) {
    const failure =
      error instanceof CommandFailure
        ? error
        : new CommandFailure(exitCodes.failed, `istripe has a bug: ${(error as Error).message}`);
    const advice = failure.exitCode === exitCodes.usage ? " See `istripe --help`." : "";
    writeError(failure.message + advice);
    return failure.exitCode;
  }
}

const withoutSynonym = (argv: readonly string[]): readonly string[] =>
  argv.map((word, at) => (at === 0 && Object.hasOwn(synonyms, word) ? synonyms[word] : word) ?? "");

async function run(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  const [first] = argv;
  if (first === undefined) throw usageFailure("Give a command, such as `istripe serve`.");
  if (first === "--version" || first === "-V") return say(`istripe ${version}\n`);
  if (first === "help") return say(helpFor(argv.slice(1)));
  if (asksForHelp([first])) return say(helpFor([]));
  const command = commands.find(({ words }) => words.every((word, at) => argv[at] === word));
  if (command === undefined) {
    if (asksForHelp(argv)) return say(helpFor(argv));
    throw unknownCommand(argv);
  }
  const rest = argv.slice(command.words.length);
  if (asksForHelp(rest)) return say(commandHelp(command));
  if ("runWith" in command) return command.runWith(rest);
  allowReaderToLeave();
  return command.run(readArguments(command, rest, environment));
}

function say(text: string): ExitCode {
  allowReaderToLeave();
  writeData(text);
  return exitCodes.ok;
}

/** What follows `--` is never a flag. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv
    .slice(0, end === -1 ? argv.length : end)
    .some((argument) => argument === "--help" || argument === "-h");
}

/** Of one command, of all that begin with the same word, or of the program. @throws CommandFailure usage */
function helpFor(argv: readonly string[]): string {
  const words = argv.filter((argument) => !argument.startsWith("-"));
  if (words.length === 0)
    return `${overviewHelp(about, commands, firstExamples)}\n${environmentHelp}`;
  const found = commands.filter((command) => words.every((word, at) => command.words[at] === word));
  const [only] = found;
  if (only === undefined) throw unknownCommand(words);
  if (found.length === 1 && only.words.length === words.length) return commandHelp(only);
  return overviewHelp(`istripe ${words.join(" ")}: ${found.length} commands.`, found);
}

/** What was typed is repeated only through the redaction of stderr. */
function unknownCommand(argv: readonly string[]): CommandFailure {
  const [first = "", second] = argv;
  const group = commands.filter(({ words }) => words.length > 1 && words[0] === first);
  if (group.length === 0) {
    const firstWords = [...new Set(commands.map(({ words }) => words[0] ?? ""))];
    return usageFailure(`Unknown command ${first}.${didYouMean(first, firstWords)}`);
  }
  if (second === undefined || second.startsWith("-")) {
    const titles = group.map((command) => `\`istripe ${titleOf(command)}\``);
    return usageFailure(`istripe ${first} needs more: ${titles.join(", ")}.`);
  }
  const secondWords = group.map(({ words }) => words[1] ?? "");
  return usageFailure(`Unknown command ${first} ${second}.${didYouMean(second, secondWords)}`);
}
