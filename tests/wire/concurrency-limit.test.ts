/**
 * Requests that take long fill an account's places: over the limit the answer is Stripe's 429 and says which limit, the
 * refused request did nothing, and when the slow ones are answered there is room again.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { releaseAll, startSimulator, temporaryDirectory } from "../crash/process.ts";
import { type Answer, type Form, send } from "../support/http.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

/** Four of them at one endpoint. */
const limit = 5;
/** Longer than it takes to come and be refused. */
const processorDelayMs = 4000;
const terms = { amount: 2000, currency: "usd", source: "tok_visa" };
let server: TestServer;

beforeAll(async () => {
  const simulator = await startSimulator({
    args: ["--delay-ms", String(processorDelayMs)],
    journalFile: join(temporaryDirectory(), "journal"),
  });
  const flags = ["--rate-limit", String(limit), "--simulator-url", simulator.url];
  server = await startTestServer("sqlite", flags);
});
afterAll(async () => {
  await server.stop();
  await releaseAll();
});

const post = (path: string, form: Form): Promise<Answer> =>
  send(server.url, { form, key: server.secretKey, path });
const secondPasses = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));

function expectRefused(answer: Answer, reason: string): void {
  expect(answer.status, answer.text).toBe(429);
  expect(answer.headers["stripe-rate-limited-reason"]).toBe(reason);
  expect(answer.headers["stripe-should-retry"]).toBeUndefined();
  expect(answer.body.error).toMatchObject({
    code: "rate_limit",
    message:
      "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
    type: "invalid_request_error",
  });
}

test("slow requests fill an endpoint, then the account; refused ones did nothing; then there is room again", async () => {
  const slow = Array.from({ length: limit - 1 }, () => post("/v1/charges", terms));
  await secondPasses();
  expectRefused(await post("/v1/charges", terms), "endpoint-concurrency");
  // A customer's card is verified by the same slow processor.
  slow.push(post("/v1/customers", { source: "tok_visa" }));
  await secondPasses();
  const list = () => send(server.url, { key: server.secretKey, path: "/v1/charges" });
  expectRefused(await list(), "global-concurrency");
  for (const answer of await Promise.all(slow)) expect(answer.status, answer.text).toBe(200);
  const { body } = await list();
  expect(body.data).toHaveLength(limit - 1);
}, 40_000);
