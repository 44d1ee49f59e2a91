/**
 * The completion script for zsh, for a folder of $fpath or to be sourced: words with what they do beside them.
 */
import { type CompletedCommand, type CompletedFlag, groupsOf } from "./completed.ts";

export function zshScript(commands: readonly CompletedCommand[]): string {
  const groups = groupsOf(commands);
  const single = commands.filter(({ words }) => words.length === 1);
  const first = [
    ...single.map(({ about, words: [word = ""] }) => described(word, about)),
    ...groups.map((group) => described(group, seconds(commands, group).join(", "))),
  ];
  return `#compdef istripe
# Completions of istripe for zsh: istripe completion zsh > a folder of $fpath/_istripe
_istripe() {
  local -a known
  if (( CURRENT == 2 )); then
    known=(${first.join(" ")})
    _describe command known
    return
  fi
  case "$words[2]" in
${groups.map((group) => groupCase(commands, group)).join("\n")}
${single.map((command) => `    ${command.words[0]}) shift words; (( CURRENT-- )); ${argumentsOf(command)} ;;`).join("\n")}
  esac
}
if [ "$funcstack[1]" = "_istripe" ]; then _istripe "$@"; else compdef _istripe istripe; fi
`;
}

const seconds = (commands: readonly CompletedCommand[], group: string): readonly string[] =>
  commands.filter(({ words }) => words[0] === group).map(({ words }) => words[1] ?? "");

function groupCase(commands: readonly CompletedCommand[], group: string): string {
  const members = commands.filter(({ words }) => words[0] === group);
  const known = members.map(({ about, words: [, word = ""] }) => described(word, about));
  return `    ${group})
      if (( CURRENT == 3 )); then
        known=(${known.join(" ")})
        _describe command known
        return
      fi
      case "$words[3]" in
${members.map((command) => `        ${command.words[1]}) shift 2 words; (( CURRENT -= 2 )); ${argumentsOf(command)} ;;`).join("\n")}
      esac
      ;;`;
}

function argumentsOf({ choices, flags }: CompletedCommand): string {
  const operand = choices.length === 0 ? "'*: :_files'" : `'1: :(${choices.join(" ")})'`;
  return `_arguments ${[...flags.map(flagOf), operand].join(" ")}`;
}

function flagOf({ about, choices, name, takesValue }: CompletedFlag): string {
  const values = choices.length === 0 ? "_files" : `(${choices.join(" ")})`;
  const value = takesValue ? `: :${values}` : "";
  return quoted(`*--${name}[${about.replaceAll(/[[\]\\:]/g, "\\$&")}]${value}`);
}

const described = (word: string, about: string): string =>
  quoted(`${word}:${about.replaceAll(":", "\\:")}`);

/** In single quotes, where the shell reads nothing. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
