/**
 * `istripe webhook verify`: what it says of right and wrong signatures, how it ends, and that it tells no secret.
 */
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { wallClockMs } from "../line/clock.ts";
import { istripe, releaseAll, temporaryDirectory } from "../testing/istripe-process.ts";

afterAll(releaseAll);

const secret = "whsec_SecretSecretSecretSecretSecretSecretSecret00";
const body = '{\n  "id": "evt_1",\n  "text": "é"\n}';
const headerOf = (signed: string, { age = 0, key = secret } = {}): string => {
  const time = Math.floor(wallClockMs() / 1000) - age;
  return `t=${time},v1=${createHmac("sha256", key).update(`${time}.${signed}`).digest("hex")}`;
};
const file = (text: string): string => {
  const path = join(temporaryDirectory(), "body.json");
  writeFileSync(path, text);
  return path;
};
const verify = (...flags: readonly string[]) =>
  istripe(["webhook", "verify", "--secret", secret, ...flags]);

it("says that a right signature is right, of a file and of stdin", async () => {
  const ran = await verify("--payload", file(body), "--header", headerOf(body));
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toContain("The signature is right");
  const line = ["webhooks", "verify", "--payload", "-", "--header", headerOf(body), "--json"];
  const piped = await istripe(line, { ISTRIPE_WEBHOOK_SECRET: secret }, { stdin: body });
  expect(piped.code).toBe(0);
  expect(JSON.parse(piped.stdout)).toMatchObject({ matches: true });
});

describe("says why a signature is wrong, exits with 1, and tells no secret:", () => {
  const other = "whsec_OtherSecretOtherSecretOtherSecretOtherSecret";
  it.each([
    ["a body that was serialized again", [JSON.stringify(JSON.parse(body))], "body_reserialized"],
    ["a changed line end", [body.replaceAll("\n", "\r\n")], "line_ends_changed"],
    [
      "another secret",
      [body, headerOf(body, { key: other }), "--other-secret", `live=${other}`],
      "secret_of_other_endpoint",
    ],
    ["an old signature", [body, headerOf(body, { age: 4000 })], "timestamp_too_old"],
    ["no signature at all", [body, "v0=abc"], "header_malformed"],
  ])("%s", async (_, [payload = "", header = headerOf(body), ...flags], code) => {
    const line = ["--payload", file(payload), "--header", header, ...flags];
    const ran = await verify(...line, "--json");
    expect(ran).toMatchObject({ code: 1, stderr: "Error: The signature does not match.\n" });
    const { findings, matches } = JSON.parse(ran.stdout);
    expect(matches).toBe(false);
    expect(findings[0]).toMatchObject({ code });
    const text = await verify(...line);
    expect(text.stdout.split("\n")[0]).toBe(findings[0].sentence);
    expect(ran.stdout + text.stdout + text.stderr).not.toMatch(/SecretSecret|OtherSecret/);
  });

  it("and an old one is right when any age is", async () => {
    const header = headerOf(body, { age: 4000 });
    expect(
      (await verify("--payload", file(body), "--header", header, "--tolerance", "0")).code,
    ).toBe(0);
  });
});

it.each([
  [["--payload", "x"], "--header"],
  [["--header", "t=1,v1=2"], "--payload"],
  [["--header", "t=1,v1=2", "--payload", "/nowhere/x"], "cannot be read (ENOENT)"],
  [
    ["--header", "t=1,v1=2", "--payload", "x", "--other-secret", secret],
    "takes a name and a secret",
  ],
  [["--header", "t=1,v1=2", "--payload", "x", "--tolerance", "5m"], "whole number of seconds"],
])("%j is refused", async (flags, sentence) => {
  const ran = await verify(...flags);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(sentence);
  expect(ran.stderr).not.toContain("SecretSecret");
});
