/**
 * One process per data directory, and no stale lock after a crash.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockDirectory } from "./lock.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "istripe-lock-"));
});
afterAll(() => rm(directory, { force: true, recursive: true }));

const program = `
  const { lockDirectory } = await import(process.argv[1]);
  try {
    lockDirectory(process.argv[2]);
    console.log("locked");
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log(error.message);
  }`;

async function otherProcess() {
  const url = new URL("./lock.ts", import.meta.url).href;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, url, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [chunk] = await once(child.stdout, "data");
  return { child, said: String(chunk).trim() };
}

test("a second process is refused with one sentence, and gets the lock when the first is killed", async () => {
  const first = await otherProcess();
  expect(first.said).toBe("locked");
  const second = await otherProcess();
  const sentence = `Another iStripe uses the data directory ${directory}: stop it, or choose another with --data-dir.`;
  expect(second.said).toBe(sentence);
  expect(() => lockDirectory(directory)).toThrow(sentence);

  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const third = await otherProcess();
  expect(third.said).toBe("locked");
  third.child.kill("SIGKILL");
  await once(third.child, "exit");
});

test("a released lock can be taken again, and not twice at once in one process", () => {
  const lock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(/^Another iStripe/);
  lock.release();
  lockDirectory(directory).release();
});
