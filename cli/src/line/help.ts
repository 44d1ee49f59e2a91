/**
 * The texts of `--help`, made from the commands' own declarations: examples first, because they are what most readers
 * came for.
 */
import { type Command, type Flag, type ReadingCommand, titleOf } from "./command.ts";

/** The help of one command. */
export function commandHelp(command: Command): string {
  const operands = "operands" in command ? operandsOf(command) : "";
  const flags: [string, Flag][] = [
    ...Object.entries(command.flags),
    ["help", { about: "Shows this.", short: "h" }],
  ];
  return sections([
    command.about,
    heading("Examples", command.examples),
    heading("Usage", [`istripe ${titleOf(command)}${operands} [flags]`]),
    heading("Flags", columns(flags.map(([name, flag]) => [spelled(name, flag), flag.about]))),
    ...(command.notes === undefined ? [] : [command.notes]),
  ]);
}

function operandsOf({ operands, optionalOperand }: ReadingCommand): string {
  const optional = optionalOperand === undefined ? "" : ` [${optionalOperand}]`;
  return operands.map((name) => ` <${name}>`).join("") + optional;
}

/** The help of several commands: all of them, or those that begin with the same word. */
export function overviewHelp(
  about: string,
  commands: readonly Command[],
  examples: readonly string[] = commands.flatMap((command) => command.examples.slice(0, 1)),
): string {
  return sections([
    about,
    heading("Examples", examples),
    heading("Commands", columns(commands.map((command) => [titleOf(command), command.about]))),
    "`istripe <command> --help` tells more.",
  ]);
}

/** What is the same for every command, for the end of the whole program's help. */
export const environmentHelp = `Environment
  ISTRIPE_API_KEY    The key to call with; otherwise the test key that the local server keeps.
  ISTRIPE_API_BASE   Where the server is; otherwise http://127.0.0.1:4242.
  ISTRIPE_DATA_DIR   Where the local server keeps its data; otherwise .istripe.
  ISTRIPE_PROFILE    Which of the profiles of istripe config to use; otherwise default.
  NO_COLOR           Any value: no colours.

Flags win over --profile, that over the environment, and that over the profile that is used unasked.

Exit codes
  0 done   1 refused by the server, or not right   2 wrong usage, nothing was sent
  3 no such object or route   4 no key, or one that may not do this   5 no answer came
`;

const sections = (parts: readonly string[]): string => `${parts.join("\n\n")}\n`;

const heading = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join("\n");

function spelled(name: string, { short, value }: Flag): string {
  const long = value === undefined ? `--${name}` : `--${name} <${value}>`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}   ${right}`);
}
