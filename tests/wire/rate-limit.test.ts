/**
 * A limit of requests a second holds for each account's mode, reads and writes apart; over it the answer is Stripe's 429,
 * nothing is done, and the next second is free again.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, send } from "../support/http.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const perSecond = 5;
const charge = { amount: 2000, currency: "usd", source: "tok_visa" };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer("sqlite", ["--rate-limit", String(perSecond)]);
});
afterAll(() => server.stop());

const read = (key = server.secretKey): Promise<Answer> =>
  send(server.url, { key, path: "/v1/charges?limit=100" });
const write = (headers: Record<string, string> = {}): Promise<Answer> =>
  send(server.url, { form: charge, headers, key: server.secretKey, path: "/v1/charges" });
const secondPasses = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));
const many = (ask: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: 30 }, ask));
const passed = (answers: readonly Answer[]): number =>
  answers.filter(({ status }) => status === 200).length;

test("over the limit the answer is Stripe's 429, and says why", async () => {
  const answers = await many(read);
  expect(passed(answers)).toBeGreaterThanOrEqual(perSecond);
  expect(passed(answers)).toBeLessThanOrEqual(2 * perSecond);
  const refused = answers.filter(({ status }) => status !== 200);
  for (const { body, headers, status } of refused) {
    expect(status).toBe(429);
    expect(body.error).toMatchObject({
      code: "rate_limit",
      message:
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
      type: "invalid_request_error",
    });
    expect(headers["stripe-rate-limited-reason"]).toBe("global-rate");
    expect(headers["stripe-should-retry"]).toBeUndefined();
  }
});

test("reads, writes and modes have limits of their own", async () => {
  const live = await server.createApiKey({ kind: "secret", livemode: true });
  await many(read);
  expect((await write()).status).toBe(200);
  expect((await read(live)).status).toBe(200);
});

test("callers who are not known use up nobody's limit", async () => {
  await secondPasses();
  const strangers = await many(() => read("sk_test_wrong"));
  expect(strangers.every(({ status }) => status === 401)).toBe(true);
  expect((await read()).status).toBe(200);
});

test("a refused write did nothing, and its idempotency key is free in the next second", async () => {
  await secondPasses();
  const before = (await read()).body.data.length;
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, at) => write({ "idempotency-key": `limited-${at}` })),
  );
  await secondPasses();
  expect((await read()).body.data.length - before).toBe(passed(answers));
  const refused = answers.findIndex(({ status }) => status === 429);
  const again = await write({ "idempotency-key": `limited-${refused}` });
  expect([again.status, again.headers["idempotent-replayed"]]).toEqual([200, undefined]);
});

test("searches have a limit of their own, which other reads do not share", async () => {
  const own = await startTestServer("sqlite", ["--rate-limit", "60"]);
  const ask = (path: string) => send(own.url, { key: own.secretKey, path });
  const searches = await many(() => ask("/v1/charges/search?query=amount%3E1"));
  const refused = searches.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  for (const { headers } of refused) {
    expect(headers["stripe-rate-limited-reason"]).toBe("endpoint-rate");
  }
  expect((await ask("/v1/charges")).status).toBe(200);
  await own.stop();
});
