/**
 * The completion script for fish: one `complete` for each word and flag.
 */
import { type CompletedCommand, groupsOf, nextWords } from "./completed.ts";

export function fishScript(commands: readonly CompletedCommand[]): string {
  const groups = groupsOf(commands);
  const first = nextWords(commands, []).map((word) => {
    const command = commands.find(({ words }) => words.length === 1 && words[0] === word);
    const about = command?.about ?? nextWords(commands, [word]).join(", ");
    return `complete -c istripe -f -n __fish_use_subcommand -a ${word} -d ${quoted(about)}`;
  });
  const second = groups.flatMap((group) => groupLines(commands, group));
  return `${[
    "# Completions of istripe for fish: istripe completion fish > ~/.config/fish/completions/istripe.fish",
    ...first,
    ...second,
    ...commands.flatMap(commandLines),
  ].join("\n")}\n`;
}

function groupLines(commands: readonly CompletedCommand[], group: string): readonly string[] {
  const members = commands.filter(({ words }) => words[0] === group);
  const known = members.map(({ words }) => words[1]).join(" ");
  const condition = `__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${known}`;
  return members.map(
    ({ about, words: [, word] }) =>
      `complete -c istripe -f -n ${quoted(condition)} -a ${word} -d ${quoted(about)}`,
  );
}

function commandLines({ choices, flags, words }: CompletedCommand): readonly string[] {
  const condition = quoted(
    words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and "),
  );
  const operand =
    choices.length === 0
      ? []
      : [`complete -c istripe -f -n ${condition} -a ${quoted(choices.join(" "))}`];
  return [
    ...operand,
    ...flags.map((flag) => {
      const values = flag.choices.length === 0 ? " -r" : ` -x -a ${quoted(flag.choices.join(" "))}`;
      const value = flag.takesValue ? values : " -f";
      return `complete -c istripe -n ${condition} -l ${flag.name}${value} -d ${quoted(flag.about)}`;
    }),
  ];
}

/** In single quotes, where fish reads a backslash and a quote only. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
