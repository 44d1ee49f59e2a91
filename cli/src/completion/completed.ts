/**
 * What a shell needs to know of a command: plain words that need no quoting in any shell.
 */
import type { Command } from "../line/command.ts";

export interface CompletedCommand {
  readonly words: readonly string[];
  readonly about: string;
  readonly flags: readonly CompletedFlag[];
  /** What the first operand may be; empty when anything. */
  readonly choices: readonly string[];
}

export interface CompletedFlag {
  /** Without its dashes. */
  readonly name: string;
  readonly about: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** @throws Error for a word that a shell would read as something else: our own tables have none. */
export function completedCommand(command: Command): CompletedCommand {
  const choices = ("choices" in command ? command.choices : undefined) ?? [];
  const flags = Object.entries(command.flags).map(([name, flag]) => ({
    about: flag.about,
    choices: flag.choices ?? [],
    name,
    takesValue: flag.value !== undefined,
  }));
  const help = { about: "Shows help.", choices: [], name: "help", takesValue: false };
  for (const word of [
    ...command.words,
    ...choices,
    ...flags.flatMap((flag) => [flag.name, ...flag.choices]),
  ]) {
    if (!/^[\w.-]+$/.test(word)) throw new Error(`a completion cannot hold the word ${word}`);
  }
  return { about: command.about, choices, flags: [...flags, help], words: command.words };
}

/** The words that may follow these, each once: `list`, `create` and `roll` after `keys`. */
export function nextWords(
  commands: readonly CompletedCommand[],
  typed: readonly string[],
): readonly string[] {
  const following = commands
    .filter(({ words }) => typed.every((word, at) => words[at] === word))
    .flatMap(({ words }) => words.slice(typed.length, typed.length + 1));
  return [...new Set(following)];
}

/** The first words of commands that have two. */
export const groupsOf = (commands: readonly CompletedCommand[]): readonly string[] => [
  ...new Set(commands.filter(({ words }) => words.length > 1).map(({ words }) => words[0] ?? "")),
];
