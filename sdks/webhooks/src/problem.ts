/**
 * What went wrong, told to whoever runs the application. Without a listener of their own it becomes a warning of the
 * process, so that nothing fails in silence; bodies, secrets and signatures are never part of it.
 */
import { nowMs } from "./clock.ts";

export interface Problem {
  readonly kind: /** A request was not accepted. Anybody on the Internet can cause these. */
    | "refused"
    /** A handler failed; the event is tried again. */
    | "failed"
    /** A handler failed for the last time; the event waits among the dead letters. */
    | "dead_lettered"
    /** The attempt went on past the end of its lease; another process has the event. */
    | "lease_lost"
    /** The database did not answer; what was due is still due. */
    | "inbox";
  /** A sentence for a log. */
  readonly message: string;
  readonly error: unknown;
  readonly event?: { readonly id: string; readonly type: string };
  readonly attempt?: number;
}

export type OnProblem = (problem: Problem) => void;

const refusedWarningEveryMs = 10_000;

/** @returns a listener that warns, of refused requests at most once in ten seconds. */
export function warnOfProblems(): OnProblem {
  let quietUntilMs = 0;
  return ({ kind, message }) => {
    if (kind === "refused") {
      if (nowMs() < quietUntilMs) return;
      quietUntilMs = nowMs() + refusedWarningEveryMs;
    }
    process.emitWarning(message, { code: kind, type: "WebhookWarning" });
  };
}

const shownLengthMax = 500;

/** An error's own sentence, cut. */
export function errorMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > shownLengthMax ? `${message.slice(0, shownLengthMax)}…` : message;
}

/** What is kept of an error beside its event: its stack, which names the handler that threw it. */
export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
