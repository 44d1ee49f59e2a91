/**
 * How a command fails: a sentence for stderr and one of the exit codes that scripts rely on. The codes never change
 * their meaning; a new kind of failure gets a new number.
 */

export const exitCodes = {
  ok: 0,
  /** The server refused, or what was checked is not right. */
  failed: 1,
  /** The command itself was written wrongly; nothing was sent. */
  usage: 2,
  notFound: 3,
  /** No key, or one that may not do this. */
  unauthenticated: 4,
  /** No answer came. */
  unreachable: 5,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An expected failure. The message is the sentence that the user reads. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  /** Whether the same may succeed a little later: no answer came, or the server is broken or too busy. */
  readonly mayPass: boolean;

  constructor(
    exitCode: ExitCode,
    message: string,
    options?: ErrorOptions & { readonly mayPass?: boolean },
  ) {
    super(message, options);
    this.name = "CommandFailure";
    this.exitCode = exitCode;
    this.mayPass = options?.mayPass ?? exitCode === exitCodes.unreachable;
  }
}

export const usageFailure = (message: string, options?: ErrorOptions): CommandFailure =>
  new CommandFailure(exitCodes.usage, message, options);
