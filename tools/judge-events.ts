/**
 * Judges every event that the suites' receivers were sent by Stripe's own description, where it is at hand: no violation
 * in any, whichever suite made it. Prints how many of how many types there were.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Contract {
  checkEvent(event: object): {
    readonly violations: readonly { readonly pointer: string; readonly message: string }[];
  };
}
interface Checker {
  readonly Contract: new (specFile: string) => Contract;
}

const kept = ".cache/events";
const folder = resolve(process.env["ISTRIPE_CONTRACT"] ?? "../shared/contract");
const checker = (await import(join(folder, "check.mjs"))) as Checker;
const contract = new checker.Contract(join(folder, "spec3.json.gz"));

const texts = readdirSync(kept).flatMap((file) =>
  readFileSync(join(kept, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as string),
);
const types = new Map<string, number>();
const broken = new Map<string, number>();
for (const text of texts) {
  const event = JSON.parse(text) as { readonly type: string };
  types.set(event.type, (types.get(event.type) ?? 0) + 1);
  for (const { message, pointer } of contract.checkEvent(event).violations) {
    const line = `${event.type} ${pointer} ${message}`;
    broken.set(line, (broken.get(line) ?? 0) + 1);
  }
}
for (const [line, count] of broken) process.stdout.write(`violation: ${line} (${count} times)\n`);
process.stdout.write(
  `events: ${texts.length} checked, of ${types.size} types, ${broken.size} violations\n`,
);
process.exitCode = texts.length > 0 && broken.size === 0 ? 0 : 1;
