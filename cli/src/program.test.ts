/**
 * The command line itself: help that begins with examples, refusals that name the nearest command, and what is sent
 * when the line is wrong: nothing.
 */
import { afterAll, describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { commands } from "./commands.ts";
import { titleOf } from "./line/command.ts";
import { istripe, releaseAll } from "./testing/istripe-process.ts";

afterAll(releaseAll);

describe("help", () => {
  it("of the program shows examples before anything else, every command, and the exit codes", async () => {
    const { code, stderr, stdout } = await istripe(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.indexOf("Examples")).toBeLessThan(stdout.indexOf("Commands"));
    expect(commands.length).toBeGreaterThan(20);
    for (const command of commands) expect(stdout).toContain(`\n  ${titleOf(command)} `);
    expect(stdout).toContain("Exit codes");
    expect((await istripe(["-h"])).stdout).toBe(stdout);
    expect((await istripe(["help"])).stdout).toBe(stdout);
  });

  it.each([[["post"]], [["keys", "create"]], [["serve"]]])(
    "of %j shows examples, usage and flags, whatever else is on the line",
    async (words) => {
      const { code, stderr, stdout } = await istripe([...words, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const at = ["Examples", "Usage", "Flags"].map((title) => stdout.indexOf(`\n${title}\n`));
      expect(at[0]).toBeGreaterThan(0);
      expect(at).toEqual(at.toSorted((a, b) => a - b));
      expect((await istripe([...words, "--port", "x", "-h"])).stdout).toBe(stdout);
      expect((await istripe(["help", ...words])).stdout).toBe(stdout);
    },
  );

  it("of the first word of several commands lists these", async () => {
    const { code, stdout } = await istripe(["keys", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/keys list.*keys create.*keys roll/s);
    expect(stdout).not.toContain("ledger");
  });

  it("of every command begins with examples that are its own", async () => {
    for (const command of commands) {
      const title = titleOf(command).replace("webhooks verify", "webhook verify");
      for (const example of command.examples) expect(example).toMatch(/istripe /);
      expect(command.examples.some((example) => example.includes(`istripe ${title}`))).toBe(true);
      expect(command.about).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("has no colours where there is no terminal", async () => {
    for (const args of [["--help"], ["nonsense"]]) {
      const { stderr, stdout } = await istripe(args, { NO_COLOR: "1", TERM: "xterm-256color" });
      expect(stdout + stderr).not.toContain("\u001B");
    }
  });

  it("--version is the package's", async () => {
    const { code, stdout } = await istripe(["--version"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `istripe ${manifest.version}\n` });
  });
});

describe("a line that is not understood exits with 2, and stdout stays empty", () => {
  it.each([
    [[], "Give a command"],
    [["gte", "/v1/charges"], "Unknown command gte. Did you mean get?"],
    [["delte", "/v1/charges"], "Did you mean delete?"],
    [["servr"], "Did you mean serve?"],
    [["key", "list"], "Did you mean keys?"],
    [["keys"], "istripe keys needs more: `istripe keys list`"],
    [["keys", "lst"], "Unknown command keys lst. Did you mean list?"],
    [["webhook", "lst"], "Unknown command webhooks lst. Did you mean list?"],
    [["lisen"], "Did you mean listen?"],
    [["config", "set"], "istripe config set needs a setting."],
    [["trigger", "a", "b"], "istripe trigger takes only an event, but 2 were given."],
    [["completion", "bsh"], "Did you mean bash?"],
    [["completion", "constructor"], "There are completions for bash, fish, zsh."],
    [["ledger", "--json"], "istripe ledger needs more: `istripe ledger verify`"],
    [["help", "pots"], "Did you mean post?"],
    [["get"], "istripe get needs a path."],
    [["get", "/v1/a", "/v1/b"], "istripe get takes only a path, but 2 were given."],
    [["keys", "list", "all"], "istripe keys list takes no argument, but 1 were given."],
    [["get", "/v1/a", "--jsn"], "Unknown flag --jsn. Did you mean --json?"],
    [["get", "/v1/a", "--idempotency-key", "k"], "Unknown flag --idempotency-key."],
    [["get", "/v1/a", "--api-key"], "'--api-key <value>' argument missing."],
    [["get", "/v1/a", "--json=yes"], "'--json' does not take an argument."],
    [["post", "/v1/a", "-d", "amount"], "Each -d takes a name and a value"],
    [["get", "/v1/a", "-i", "--json"], "exclude each other"],
    [["post", "/v1/a", "--idempotency-key", ""], "--idempotency-key takes 1 to 255"],
    [["post", "/v1/a", "--idempotency-key", "é"], "--idempotency-key takes 1 to 255"],
    [["keys", "create", "--kind", "secrte"], "Did you mean secret?"],
    [["keys", "create", "-p", "charge=read"], "add --kind restricted"],
    [["keys", "create", "--kind", "restricted", "-p", "charge=all"], "one of none, read, write"],
    [["keys", "roll"], "istripe keys roll needs a key id."],
    [["keys", "roll", "../charges"], "Give the key's id"],
    [["keys", "roll", "mk_1", "--expires-in", "1h"], "a whole number of seconds"],
  ])("%j", async (args, sentence) => {
    // An address where nobody listens: exit 5 would tell that something was sent.
    const environment = { ISTRIPE_API_BASE: "http://127.0.0.1:1", ISTRIPE_API_KEY: "sk_test_1" };
    const ran = await istripe(args, environment);
    expect(ran.stderr).toContain(sentence);
    expect(ran.stderr.split("\n")).toHaveLength(2);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
  });
});
