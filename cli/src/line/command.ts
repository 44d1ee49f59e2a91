/**
 * What a command is: its words, its help and its flags as data, and one function. Help, usage errors and suggestions
 * are all made from this, so they cannot tell of a flag that is not there.
 */
import type { ExitCode } from "./failure.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Flag {
  /** The name of its value in help; absent for a switch. */
  readonly value?: string;
  readonly short?: string;
  /** Whether it may be given more than once. */
  readonly isRepeatable?: boolean;
  /** The values that it may have, where these are few: for completions. */
  readonly choices?: readonly string[];
  readonly about: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What was typed after the command's words, together with the environment. */
export interface Given {
  readonly environment: Environment;
  /** What is neither a flag nor a flag's value, in order. */
  readonly operands: readonly string[];
  isSet(flag: string): boolean;
  /** The last value of a flag; undefined when it was not given. */
  text(flag: string): string | undefined;
  /** Every value of a repeatable flag, in order. */
  texts(flag: string): readonly string[];
}

interface Described {
  /** What is typed to get it: `["keys", "list"]`. */
  readonly words: readonly string[];
  /** One sentence. */
  readonly about: string;
  /** Whole lines that work as they stand. */
  readonly examples: readonly string[];
  readonly flags: Flags;
  /** What else is to be said, at the end of its help. */
  readonly notes?: string;
}

export interface ReadingCommand extends Described {
  /** The names of what must follow the words, such as `path`. */
  readonly operands: readonly string[];
  /** The name of one more that may follow. */
  readonly optionalOperand?: string;
  /** What the first operand may be, where that is known beforehand: for completions. */
  readonly choices?: readonly string[];
  run(given: Given): Promise<ExitCode>;
}

/** A command that reads its flags itself; here they are for its help only. */
export interface PassingCommand extends Described {
  readonly runWith: (argv: readonly string[]) => Promise<ExitCode>;
}

export type Command = ReadingCommand | PassingCommand;

export const titleOf = (command: Command): string => command.words.join(" ");
