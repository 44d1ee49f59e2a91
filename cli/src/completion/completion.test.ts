/**
 * Completions as a shell computes them: the scripts are run by the real shells where they are there, and hold every
 * command and flag in any case.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commands } from "../commands.ts";
import { scenarioNames } from "../trigger/scenario.ts";
import { bashScript } from "./bash.ts";
import { completedCommand } from "./completed.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

const known = commands.map(completedCommand);
const isThere = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

describe("bash completes", () => {
  const script = bashScript(known);

  /** What is offered for the last word of a line. */
  function completed(line: string): readonly string[] {
    const words = ["istripe", ...line.split(" ")];
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _istripe; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync("bash", ["--norc", "-c", `set -u\n${script}\n${ask}`], {
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    return ran.stdout.split("\n").filter((word) => word !== "");
  }

  it.each([
    ["tri", ["trigger"]],
    ["web", ["webhooks"]],
    ["keys ", ["list", "create", "roll"]],
    ["webhooks de", ["delete", "deliveries"]],
    ["trigger charge.re", ["charge.refund.updated", "charge.refunded"]],
    ["trigger ", scenarioNames()],
    ["trigger --ov", ["--override"]],
    ["get --api-", ["--api-base", "--api-key"]],
    ["webhooks create --ord", ["--ordered"]],
    ["webhooks deliveries --status ", ["pending", "succeeded", "failed"]],
    ["webhooks replay we_1 --only m", ["missing"]],
    ["config set api-", ["api-base", "api-key"]],
    ["config set api-key ", []],
    ["completion ", ["bash", "fish", "zsh"]],
    ["ledger verify --j", ["--json"]],
    ["get ", []],
    ["listen --forward-to ", []],
    ["nonsense ", []],
    ["keys nonsense --", []],
  ])("%j", (line, words) => {
    expect(completed(line)).toEqual(words);
  });

  it("the first word with every command, each once", () => {
    const first = [...new Set(commands.map(({ words }) => words[0]))];
    expect(completed("")).toEqual(first);
  });
});

describe.each([
  ["bash", bashScript(known), (flag: string) => `--${flag}`],
  ["fish", fishScript(known), (flag: string) => `-l ${flag}`],
  ["zsh", zshScript(known), (flag: string) => `--${flag}[`],
])("the script for %s", (shell, script, spelled) => {
  it("has every command and each of its flags", () => {
    for (const { flags, words } of known) {
      for (const word of words) expect(script).toMatch(new RegExp(`\\b${word}\\b`));
      for (const { name } of flags) expect(script).toContain(spelled(name));
    }
  });

  it("can be parsed, where there is such a shell", () => {
    const ran = isThere(shell) ? spawnSync(shell, ["-n"], { encoding: "utf8", input: script }) : {};
    expect(ran).not.toMatchObject({ stderr: expect.stringMatching(/./) });
  });
});

it("no word that a shell would read as something else gets into a script", () => {
  const [command] = commands;
  if (command === undefined) throw new Error("there are no commands");
  for (const word of ["a b", "$(id)", "`id`", "x;y", "a'b"]) {
    expect(() => completedCommand({ ...command, words: [word] })).toThrow("cannot hold the word");
  }
});
