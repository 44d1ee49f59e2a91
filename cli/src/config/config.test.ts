/**
 * Profiles: which setting wins, that a kept key reaches nobody but its server and its owner, and that a file that others
 * can read is not used.
 */
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { istripe, type Ran, releaseAll, temporaryDirectory } from "../testing/istripe-process.ts";

/** Answers with the key that it was sent, without the first letters, so that no redaction hides it. */
const echo = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  const key = /[^_]*$/.exec(request.headers.authorization ?? "")?.[0];
  response.end(JSON.stringify({ key, server: "echo" }));
});
let address: string;

beforeAll(async () => {
  await once(echo.listen(0, "127.0.0.1"), "listening");
  address = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
});
afterAll(async () => {
  echo.close();
  await releaseAll();
});

const freshHome = () => ({ XDG_CONFIG_HOME: join(temporaryDirectory(), "config") });
const keyUsed = (ran: Ran): unknown => JSON.parse(ran.stdout).key;

describe("a setting that is kept", () => {
  it("is used when nothing else is said, by name or as the default", async () => {
    const home = freshHome();
    await istripe(["config", "set", "api-base", address], home);
    await istripe(["config", "set", "api-key", "sk_test_default"], home);
    expect(keyUsed(await istripe(["get", "/v1/x"], home))).toBe("default");
    await istripe(["config", "set", "api-base", address, "--profile", "other"], home);
    await istripe(["config", "set", "api-key", "--profile", "other"], home, {
      stdin: "sk_test_piped\n",
    });
    expect(keyUsed(await istripe(["get", "/v1/x", "--profile", "other"], home))).toBe("piped");
    const exported = { ...home, ISTRIPE_PROFILE: "other" };
    expect(keyUsed(await istripe(["get", "/v1/x"], exported))).toBe("piped");
  });

  it("yields to a flag, and to the environment unless its profile is named", async () => {
    const home = freshHome();
    await istripe(["config", "set", "api-base", address], home);
    await istripe(["config", "set", "api-key", "sk_test_kept"], home);
    const exported = { ...home, ISTRIPE_API_KEY: "sk_test_exported" };
    const use = (...flags: readonly string[]) => istripe(["get", "/v1/x", ...flags], exported);
    expect(keyUsed(await use())).toBe("exported");
    expect(keyUsed(await use("--profile", "default"))).toBe("kept");
    expect(keyUsed(await use("--profile", "default", "--api-key", "sk_test_typed"))).toBe("typed");
  });

  it("is never a key for another server than the profile's", async () => {
    const home = freshHome();
    await istripe(["config", "set", "api-base", "https://pay.invalid"], home);
    await istripe(["config", "set", "api-key", "sk_test_kept"], home);
    const ran = await istripe(["get", "/v1/x", "--api-base", address], {
      ...home,
      ISTRIPE_DATA_DIR: temporaryDirectory(),
    });
    expect(ran).toMatchObject({ code: 4, stdout: "" });
  });

  it("is forgotten, alone or with its profile", async () => {
    const home = freshHome();
    for (const setting of [
      ["api-base", address],
      ["api-key", "sk_test_0123456789abcdefwXyZ"],
    ]) {
      await istripe(["config", "set", ...setting, "--profile", "one"], home);
    }
    await istripe(["config", "unset", "api-key", "--profile", "one"], home);
    const list = async () =>
      JSON.parse((await istripe(["config", "list", "--json"], home)).stdout).data;
    expect(await list()).toEqual([{ "api-base": address, profile: "one" }]);
    await istripe(["config", "unset", "--profile", "one"], home);
    expect(await list()).toEqual([]);
  });
});

describe("a kept key is its owner's alone", () => {
  const key = "sk_test_51SecretSecretSecretSecretwXyZ";

  it("in a file of mode 0600 in a folder of 0700", async () => {
    const home = freshHome();
    await istripe(["config", "set", "api-key", key], home);
    const folder = join(home.XDG_CONFIG_HOME, "istripe");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "config.json")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "config.json"), "utf8")).toContain(key);
  });

  it("and no command shows more of it than its last four characters", async () => {
    const home = freshHome();
    const outputs = [
      await istripe(["config", "set", "api-key", key], home),
      await istripe(["config", "set", "data-dir", "/nowhere"], home),
      await istripe(["config", "list"], home),
      await istripe(["config", "list", "--json"], home),
      await istripe(["config", "unset", "data-dir"], home),
      await istripe(["get", "/v1/x", "--profile", "nobody"], home),
      await istripe(["config", "set", "api-kye", key], home),
      await istripe(["config", "set", "api-base", key], home),
      await istripe(["config", "set", key, key], home),
    ];
    const said = outputs.map(({ stderr, stdout }) => stdout + stderr).join("");
    expect(said).not.toContain("SecretSecret");
    expect(outputs[2]?.stdout).toContain("sk_test_…wXyZ");
  });

  it.each([0o644, 0o640, 0o660, 0o604])(
    "a file of mode %o is refused, with the remedy",
    async (mode) => {
      const home = freshHome();
      await istripe(["config", "set", "api-base", address], home);
      await istripe(["config", "set", "api-key", key], home);
      const file = join(home.XDG_CONFIG_HOME, "istripe", "config.json");
      chmodSync(file, mode);
      for (const command of [
        ["get", "/v1/x"],
        ["config", "list"],
        ["config", "unset", "api-key"],
      ]) {
        const ran = await istripe(command, home);
        expect(ran).toMatchObject({ code: 1, stdout: "" });
        expect(ran.stderr).toContain(`chmod 600 ${file}`);
        expect(ran.stderr).not.toContain("SecretSecret");
      }
      chmodSync(file, 0o600);
      expect((await istripe(["get", "/v1/x"], home)).code).toBe(0);
    },
  );
});

describe("is refused", () => {
  it("a file that is damaged, without showing it, and it stays as it is", async () => {
    const home = freshHome();
    const folder = join(home.XDG_CONFIG_HOME, "istripe");
    mkdirSync(folder, { recursive: true });
    const damaged = '{"profiles": {"default": {"api_key": "sk_test_half';
    writeFileSync(join(folder, "config.json"), damaged, { mode: 0o600 });
    for (const command of [
      ["get", "/v1/x"],
      ["config", "set", "api-base", address],
    ]) {
      const ran = await istripe(command, home);
      expect(ran).toMatchObject({ code: 1, stdout: "" });
      expect(ran.stderr).toContain(join(folder, "config.json"));
      expect(ran.stderr).not.toContain("half");
    }
    expect(readFileSync(join(folder, "config.json"), "utf8")).toBe(damaged);
  });

  it.each([
    [["config", "set", "api-bas", "x"], "Did you mean api-base?"],
    [["config", "set", "api-base", "nonsense"], "not a usable address"],
    [["config", "set", "api-key", "two words"], "holds characters that no key has"],
    [["config", "set", "api-key"], "Give a value for api-key"],
    [["config", "set", "api-key", "x", "--profile", "a/b"], "A profile's name"],
    [["config", "unset"], "Say what to forget"],
    [["get", "/v1/x", "--profile", "stagng"], "There is no profile stagng."],
  ])("%j", async (args, sentence) => {
    const ran = await istripe(args, freshHome());
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain(sentence);
  });

  it("keeping anything where there is no home to keep it in", async () => {
    const ran = await istripe(["config", "set", "api-key", "sk_test_1"]);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("XDG_CONFIG_HOME");
  });
});
