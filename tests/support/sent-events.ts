/**
 * Keeps every event that a suite was sent, as its text came, for the contract's judge at the end of a full run
 * (tools/judge-contract.ts). A run of single files keeps nothing.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Set by tools/test.sh. */
const folder = process.env["ISTRIPE_KEEP_EVENTS"];

export function keepEvent(text: string): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  // Pretty-printed as it is, an event has line feeds; as a JSON string it is one line.
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(text)}\n`);
}
