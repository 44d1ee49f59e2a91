/**
 * `istripe serve` is the program of `npm start`: the same announcement, the same refusals, the same end.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { istripe, releaseAll, serve } from "./testing/istripe-process.ts";

afterAll(releaseAll);

it("announces itself alone on stdout, keeps its data where it is told, and SIGTERM ends it with 0", async () => {
  const server = await serve();
  expect(existsSync(join(server.dataDir, "test-keys.json"))).toBe(true);
  const { code, stderr, stdout } = await server.stop();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toHaveLength(2);
  expect(JSON.parse(stdout)).toMatchObject({
    account: expect.stringMatching(/^acct_/),
    secret_key: server.secretKey,
    url: server.url,
  });
});

it("refuses a bad setting in the server's own words, with the server's exit code", async () => {
  const port = await istripe(["serve", "--port", "x"]);
  expect(port).toMatchObject({ code: 1, stdout: "" });
  expect(port.stderr).toContain('ISTRIPE_PORT is "x"');
  const flag = await istripe(["serve", "--prot", "1"]);
  expect(flag).toMatchObject({ code: 1, stdout: "" });
  expect(flag.stderr).toContain("--port");
});
