/**
 * The completion script for bash, 3.2 and newer: one `case` for the commands and one for the values of flags.
 */
import { type CompletedCommand, groupsOf, nextWords } from "./completed.ts";

export function bashScript(commands: readonly CompletedCommand[]): string {
  const groups = groupsOf(commands);
  return `# Completions of istripe for bash: source <(istripe completion bash)
_istripe() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" after=2 words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=( $(compgen -W "${nextWords(commands, []).join(" ")}" -- "$word") )
    return
  fi
  case "$command" in
    ${groups.join("|")})
      if [ "$COMP_CWORD" -gt 2 ]; then command="$command \${COMP_WORDS[2]}"; after=3; fi
      ;;
  esac
  case "$command $before" in
${commands.flatMap(valuesOf).join("\n")}
  esac
  case "$command" in
${groups.map((group) => `    ${group}) words="${nextWords(commands, [group]).join(" ")}" ;;`).join("\n")}
${commands.map(wordsOf).join("\n")}
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$word") )
}
complete -o default -F _istripe istripe
`;
}

/** A flag's value: one of its choices, or whatever bash completes by itself, such as a file. */
function valuesOf({ flags, words }: CompletedCommand): readonly string[] {
  const title = words.join(" ");
  return flags
    .filter(({ takesValue }) => takesValue)
    .map(({ choices, name }) => {
      const reply =
        choices.length === 0
          ? ""
          : `COMPREPLY=( $(compgen -W "${choices.join(" ")}" -- "$word") ); `;
      return `    "${title} --${name}") ${reply}return ;;`;
    });
}

/** Flags where a dash was typed, else what the operand may be. */
function wordsOf({ choices, flags, words }: CompletedCommand): string {
  const dashed = flags.map(({ name }) => `--${name}`).join(" ");
  const operand =
    choices.length === 0
      ? ""
      : ` elif [ "$COMP_CWORD" -eq "$after" ]; then words="${choices.join(" ")}";`;
  return `    "${words.join(" ")}") if [ "\${word#-}" != "$word" ]; then words="${dashed}";${operand} fi ;;`;
}
