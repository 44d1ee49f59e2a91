/**
 * The examples do what they say, each as a newcomer runs it: a program of its own against a real server. The one in
 * Python is run with the library's own tests.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("sqlite");
});
afterAll(() => server.stop());

async function run(name: string): Promise<string> {
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [`examples/${name}.mjs`], {
    env: { ISTRIPE_API_BASE: server.url, ISTRIPE_API_KEY: server.secretKey },
    timeout: 20_000,
  });
  expect(stderr).toBe("");
  return stdout;
}

test("first-payment", async () => {
  expect(await run("first-payment")).toMatch(
    /^The card ending in 4242 is now tok_\w+\.\nCharged 20 usd: succeeded\.\nThe newest event is charge\.succeeded, about ch_\w+\.\n$/,
  );
});

test("saved-card", async () => {
  expect(await run("saved-card")).toBe(
    "Jenny Rosen keeps 1 card, ending in 4242.\nCharged 45 usd to the saved card: succeeded.\nThe customer is deleted, and the card's number with her.\n",
  );
});

test("refund", async () => {
  const said = await run("refund");
  expect(said).toContain("Refunded 15: succeeded.\nRefunded the remaining 35: succeeded.\n");
  expect(said).toContain("charge   5000 - 175 = 4825\n");
  expect(said).toMatch(/What is left is the fee: -175\.\n$/);
});

test("declined", async () => {
  const said = await run("declined");
  expect(said).toContain('card_declined (insufficient_funds): "Your card has insufficient funds."');
  expect(said).toContain('expired_card (expired_card): "Your card has expired."');
  expect(said.match(/The attempt is kept as ch_\w+, failed/g)).toHaveLength(2);
});
