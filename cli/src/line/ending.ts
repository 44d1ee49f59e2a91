/**
 * How a command that goes on by itself ends: SIGINT or SIGTERM asks it to finish, the second one ends it at once, and
 * so does a reader of its output that has had enough.
 */

/** Aborted when the command is to end. To be called once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    // Once: afterwards the signal does again what it always does.
    process.once(name, () => stop.abort());
  }
  process.stdout.on("error", () => stop.abort());
  return stop.signal;
}
