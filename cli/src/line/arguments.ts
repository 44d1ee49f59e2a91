/**
 * Reads what was typed after a command's words. Whatever is not declared is refused before anything is sent, and a
 * value is never repeated in a refusal: it may be a key or a card number.
 */
import { parseArgs } from "node:util";
import {
  type Environment,
  type Flag,
  type Flags,
  type Given,
  type ReadingCommand,
  titleOf,
} from "./command.ts";
import { usageFailure } from "./failure.ts";
import { didYouMean } from "./suggestion.ts";

type Options = NonNullable<Parameters<typeof parseArgs>[0]>["options"];

/** @throws CommandFailure for an unknown flag, a value that is missing, or operands other than those declared. */
export function readArguments(
  command: ReadingCommand,
  argv: readonly string[],
  environment: Environment,
): Given {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, flag]) => [name, optionOf(flag)]),
  );
  refuseUnknown(command.flags, argv, options);
  const { positionals, values } = parsed(argv, options);
  checkOperands(command, positionals);
  const texts = (flag: string): readonly string[] =>
    [values[flag] ?? []].flat().filter((value) => typeof value === "string");
  return {
    environment,
    isSet: (flag) => values[flag] === true,
    operands: positionals,
    text: (flag) => texts(flag).at(-1),
    texts,
  };
}

const optionOf = (flag: Flag) => ({
  multiple: flag.isRepeatable === true,
  type: flag.value === undefined ? ("boolean" as const) : ("string" as const),
  ...(flag.short === undefined ? {} : { short: flag.short }),
});

function refuseUnknown(flags: Flags, argv: readonly string[], options: Options): void {
  const { tokens } = parseArgs({
    allowPositionals: true,
    args: [...argv],
    options: options ?? {},
    strict: false,
    tokens: true,
  });
  const known = Object.keys(flags).map((name) => `--${name}`);
  for (const token of tokens) {
    if (token.kind !== "option" || Object.hasOwn(flags, token.name)) continue;
    throw usageFailure(`Unknown flag ${token.rawName}.${didYouMean(token.rawName, known)}`);
  }
}

function parsed(argv: readonly string[], options: Options) {
  try {
    return parseArgs({ allowPositionals: true, args: [...argv], options: options ?? {} });
  } catch (error) {
    // Node's sentence names the flag and not its value; what follows its first line is advice about writing `=`.
    const [sentence = ""] = (error as Error).message.split("\n");
    throw usageFailure(sentence.replace(/[.]?$/, "."), { cause: error });
  }
}

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;

function checkOperands(command: ReadingCommand, given: readonly string[]): void {
  const { operands, optionalOperand } = command;
  const known = optionalOperand === undefined ? operands : [...operands, optionalOperand];
  const title = `istripe ${titleOf(command)}`;
  const missing = operands[given.length];
  if (missing !== undefined) throw usageFailure(`${title} needs ${withArticle(missing)}.`);
  if (given.length <= known.length) return;
  const taken = known.length === 0 ? "no argument" : `only ${known.map(withArticle).join(" and ")}`;
  throw usageFailure(`${title} takes ${taken}, but ${given.length} were given.`);
}
