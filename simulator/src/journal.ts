/**
 * The simulator's witness of what it did: one JSON line per authorization, per modification and per repeated request,
 * on disk before the reply goes out. It never holds a card number or a CVC. A line that a crash cut short was never answered, so opening
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
import type {
  ModificationKind,
  ModificationReply,
  ModificationRequest,
} from "./modification-wire.ts";
import type { Reply } from "./wire.ts";

type JournalLine = FirstLine | RepeatLine;

/** Something that was done, or refused, for the first time. */
type FirstLine = AuthorizationLine | ModificationLine;

export interface AuthorizationLine {
  /** A verification is an authorization of nothing. */
  readonly kind: "authorization" | "verification";
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

/** A capture, a release or a refund: what was asked for and what was answered. */
export type ModificationLine = ModificationRequest & {
  /** ISO 8601. */
  readonly time: string;
  readonly reply: ModificationReply;
};

/** The same was asked again, and got the first reply. */
interface RepeatLine {
  readonly kind: "repeat";
  readonly of: "authorization" | ModificationKind;
  readonly reference: string;
  readonly time: string;
}

export interface Journal {
  /** What an earlier process wrote, oldest first. */
  readonly earlier: readonly FirstLine[];
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

function recover(path: string, descriptor: number): FirstLine[] {
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
    .filter((line) => line.kind !== "repeat");
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

const firstKinds: readonly unknown[] = [
  "authorization",
  "verification",
  "capture",
  "release",
  "refund",
];

function isLine(value: unknown): value is JournalLine {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  return value.kind === "repeat" || (firstKinds.includes(value.kind) && "reply" in value);
}

/** A new file survives a power cut only when its folder was synced too. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
