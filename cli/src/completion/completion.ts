/**
 * `istripe completion`: a script for a shell, made from the table of commands, so that it knows each command, flag and
 * value that there is and no other. It runs nothing while somebody types.
 */
import type { Command, ReadingCommand } from "../line/command.ts";
import { exitCodes, usageFailure } from "../line/failure.ts";
import { didYouMean } from "../line/suggestion.ts";
import { writeData } from "../line/terminal.ts";
import { bashScript } from "./bash.ts";
import { type CompletedCommand, completedCommand } from "./completed.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

const scripts: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  fish: fishScript,
  zsh: zshScript,
};
const shells = Object.keys(scripts);

/** @param commands every command but this one, which is added. */
export function completionCommand(commands: readonly Command[]): ReadingCommand {
  const command: ReadingCommand = {
    about: "Prints a script that completes commands, flags and values in a shell.",
    choices: shells,
    examples: [
      "source <(istripe completion bash)",
      "istripe completion zsh > ~/.zfunc/_istripe",
      "istripe completion fish > ~/.config/fish/completions/istripe.fish",
    ],
    flags: {},
    operands: ["shell"],
    run: async ({ operands: [shell = ""] }) => {
      const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
      if (script === undefined) {
        const meant = didYouMean(shell, shells);
        throw usageFailure(`There are completions for ${shells.join(", ")}.${meant}`);
      }
      writeData(script([...commands, command].map(completedCommand)));
      return exitCodes.ok;
    },
    words: ["completion"],
  };
  return command;
}
