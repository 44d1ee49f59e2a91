/**
 * The log: lines of JSON on stderr, written in batches off the request's path. No line holds a body, a query or a key,
 * and of an error only its kind, sentence and stack are written, never what it carries.
 */
import { destination, type Logger, pino } from "pino";
import type { LogLevel } from "./config.ts";

export interface Logging {
  readonly logger: Logger;
  /** Writes what is still in memory and stops. */
  close(): void;
}

const flushEveryMs = 250;
const batchBytes = 4096;

export function openLog(level: LogLevel): Logging {
  const stream = destination({ dest: 2, minLength: batchBytes, sync: false });
  const logger = pino({ level, serializers: { err: errorShown } }, stream);
  const flushing = setInterval(() => stream.flush(), flushEveryMs).unref();
  return {
    close: () => {
      clearInterval(flushing);
      stream.flushSync();
    },
    logger,
  };
}

function errorShown(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    stack: error.stack,
    type: error.name,
    ...(error.cause === undefined ? {} : { cause: errorShown(error.cause) }),
  };
}
