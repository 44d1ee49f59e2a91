/**
 * The two ways out: data to stdout, everything said about it to stderr. What goes to stderr is redacted here, so no
 * caller can forget it.
 */
import { styleText } from "node:util";
import { redacted } from "./redaction.ts";

/** Writes data as it is. */
export function writeData(text: string): void {
  process.stdout.write(text);
}

/** Says something about the data: one line, redacted. */
export function writeNote(text: string): void {
  process.stderr.write(`${redacted(text)}\n`);
}

/** Shows a secret that was just made, or that was asked for, after what is said of it. Never for anything else. */
export function writeSecretNote(text: string, secret: string): void {
  process.stderr.write(`${redacted(text)} ${secret}\n`);
}

/** A short text for stdout, in colour where stdout is a terminal and NO_COLOR does not forbid it. */
export const coloured = (colour: "red" | "green" | "yellow", text: string): string =>
  styleText(colour, text, { stream: process.stdout });

/** Says why there is no data: one line, redacted. Red only on a terminal that NO_COLOR does not forbid it. */
export function writeError(message: string): void {
  const label = styleText("red", "Error:", { stream: process.stderr });
  process.stderr.write(`${label} ${redacted(message)}\n`);
}

/** Whoever reads our output may have had enough of it, as `head` does: that is no failure. */
export function allowReaderToLeave(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
