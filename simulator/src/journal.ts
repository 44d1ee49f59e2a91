/**
 * The simulator's witness of what it did: one JSON line per authorization and per repeated request, on disk before the
 * reply goes out. It never holds a card number or a CVC. A line that a crash cut short was never answered, so opening
 * the journal drops it.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Reply } from "./wire.ts";

type JournalLine = AuthorizationLine | RepeatLine;

interface AuthorizationLine {
  readonly kind: "authorization";
  readonly reference: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly capture: boolean;
  readonly last4: string;
  readonly outcome: Reply["outcome"];
  /** ISO 8601. */
  readonly time: string;
  readonly reply: Reply;
}

/** The same authorization was asked again, and got the first reply. */
interface RepeatLine {
  readonly kind: "repeat";
  readonly reference: string;
  readonly time: string;
}

export interface Journal {
  /** What an earlier process wrote, oldest first. */
  readonly earlier: readonly AuthorizationLine[];
  /** Returns when the line is on disk. @throws Error when it could not be written; then nothing more can be. */
  append(line: JournalLine): void;
  /** The whole file, as JSON lines. */
  text(): string;
  close(): void;
}

const bytesMax = 256 * 1024 * 1024;

/** @throws Error with a sentence when the file is no journal, or too long. */
export function openJournal(path: string): Journal {
  const descriptor = openSync(path, "a+", 0o600);
  syncFolder(path);
  const earlier = recover(path, descriptor);
  let isBroken = false;
  return {
    earlier,
    append(line) {
      if (isBroken) throw new Error("The journal could not be written; restart the simulator.");
      // A half-written line must stay the last one: only a restart may cut it off.
      isBroken = true;
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fdatasyncSync(descriptor);
      isBroken = false;
    },
    text: () => readFileSync(path, "utf8"),
    close: () => closeSync(descriptor),
  };
}

function recover(path: string, descriptor: number): AuthorizationLine[] {
  if (statSync(path).size > bytesMax) {
    throw new Error(
      `The journal ${path} is longer than ${bytesMax} bytes; move it away to start anew.`,
    );
  }
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) {
    ftruncateSync(descriptor, end);
    fsyncSync(descriptor);
  }
  const lines = bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
  return lines
    .map((line, index) => parseLine(line, `${path} line ${index + 1}`))
    .filter((line) => line.kind === "authorization");
}

function parseLine(line: string, place: string): JournalLine {
  try {
    const parsed: unknown = JSON.parse(line);
    if (isLine(parsed)) return parsed;
  } catch {
    // Falls through to the one sentence for all kinds of damage.
  }
  throw new Error(`The journal is damaged at ${place}; move the file away to start anew.`);
}

function isLine(value: unknown): value is JournalLine {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  return value.kind === "repeat" || (value.kind === "authorization" && "reply" in value);
}

/** A new file survives a power cut only when its folder was synced too. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
