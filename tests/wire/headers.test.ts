/**
 * Which headers each kind of answer carries, and how its body ends: the table that was read off the real service.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, cardForm, send } from "../support/http.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("sqlite");
});
afterAll(() => server.stop());

const post = (path: string, form: Record<string, string | number>, headers = {}): Promise<Answer> =>
  send(server.url, { form, headers, key: server.secretKey, path });

const charge = { amount: 2000, currency: "usd", source: "tok_visa" };
const echoed = { "idempotency-key": "headers-echoed" };

/** `echo` without `original` is what a DELETE does. */
interface Expected {
  readonly status: number;
  readonly isIdentified: boolean;
  readonly key: "none" | "echo" | "both";
  readonly shouldRetry: string | undefined;
}

const cases: readonly (readonly [string, () => Promise<Answer>, Expected])[] = [
  [
    "GET",
    () => send(server.url, { key: server.secretKey, path: "/v1/balance" }),
    { isIdentified: true, key: "none", shouldRetry: undefined, status: 200 },
  ],
  [
    "GET with an idempotency key, which is ignored",
    () => send(server.url, { headers: echoed, key: server.secretKey, path: "/v1/balance" }),
    { isIdentified: true, key: "none", shouldRetry: undefined, status: 200 },
  ],
  [
    "DELETE with a key",
    async () => {
      const { body } = await post("/v1/tokens", cardForm());
      return send(server.url, {
        headers: echoed,
        key: server.secretKey,
        method: "DELETE",
        path: `/v1/tokens/${body.id}`,
      });
    },
    { isIdentified: true, key: "echo", shouldRetry: undefined, status: 200 },
  ],
  [
    "POST 200",
    () => post("/v1/charges", charge),
    { isIdentified: true, key: "both", shouldRetry: "false", status: 200 },
  ],
  [
    "POST 402",
    () => post("/v1/charges", { ...charge, source: "tok_chargeDeclined" }),
    { isIdentified: true, key: "both", shouldRetry: "false", status: 402 },
  ],
  [
    "POST 400 of the state",
    async () => {
      const { body } = await post("/v1/tokens", cardForm());
      await post("/v1/charges", { ...charge, source: body.id });
      return post("/v1/charges", { ...charge, source: body.id });
    },
    { isIdentified: true, key: "both", shouldRetry: "false", status: 400 },
  ],
  [
    "POST 400 of validation",
    () => post("/v1/charges", { ...charge, amount: "abc" }),
    { isIdentified: true, key: "both", shouldRetry: undefined, status: 400 },
  ],
  [
    "POST 400 of a missing object that a parameter names",
    () => post("/v1/charges", { ...charge, source: "tok_gone" }),
    { isIdentified: true, key: "both", shouldRetry: undefined, status: 400 },
  ],
  [
    "POST 404 of a missing object in the URL",
    () => post("/v1/tokens/tok_gone", { "metadata[a]": "b" }),
    { isIdentified: true, key: "both", shouldRetry: undefined, status: 404 },
  ],
  [
    "401",
    () => send(server.url, { form: charge, headers: echoed, key: null, path: "/v1/charges" }),
    { isIdentified: false, key: "none", shouldRetry: undefined, status: 401 },
  ],
  [
    "403 of an account that is not ours",
    () => post("/v1/charges", charge, { "stripe-account": "acct_1", ...echoed }),
    { isIdentified: false, key: "none", shouldRetry: undefined, status: 403 },
  ],
];

describe("the headers of an answer", () => {
  test.each(cases)("%s", async (_, ask, expected) => {
    const { headers, status, text } = await ask();
    expect(status).toBe(expected.status);
    const requestId = headers["request-id"];
    if (expected.isIdentified) {
      expect(requestId).toMatch(/^req_[0-9A-Za-z]{14}$/);
      expect(headers["stripe-version"]).toBe("2026-08-26.dahlia");
    } else {
      expect(requestId).toBeUndefined();
      expect(headers["stripe-version"]).toBeUndefined();
    }
    expect(headers["idempotency-key"] !== undefined).toBe(expected.key !== "none");
    expect(headers["original-request"]).toBe(expected.key === "both" ? requestId : undefined);
    expect(headers["stripe-should-retry"]).toBe(expected.shouldRetry);
    expect(headers["idempotent-replayed"]).toBeUndefined();
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["cache-control"]).toBe("no-cache, no-store");
    expect(text.endsWith("\n")).toBe(status !== 200);
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}${status === 200 ? "" : "\n"}`);
  });

  test("a POST without an idempotency key is given one, a lower-case UUID", async () => {
    const { headers } = await post("/v1/charges", charge);
    expect(headers["idempotency-key"]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
  });

  test("the caller's idempotency key is echoed", async () => {
    const { headers } = await post("/v1/charges", charge, { "idempotency-key": "headers-own" });
    expect(headers["idempotency-key"]).toBe("headers-own");
  });

  test("a 401 says how to authenticate, and nothing more", async () => {
    const { body, headers } = await send(server.url, { key: "sk_test_wrong1234", path: "/v1/x" });
    const refused = await send(server.url, { key: "sk_test_wrong1234", path: "/v1/balance" });
    expect([body.error["type"], headers["www-authenticate"]]).toEqual([
      "invalid_request_error",
      undefined,
    ]);
    expect(refused.headers["www-authenticate"]).toBe('Bearer realm="Stripe"');
    expect(Object.keys(refused.body.error)).toEqual(["message", "type"]);
  });

  test("a browser's request is answered with Stripe's CORS headers", async () => {
    const { headers } = await send(server.url, {
      headers: { origin: "https://shop.example" },
      key: server.publishableKey,
      path: "/v1/balance",
    });
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-expose-headers"]).toContain("Request-Id");
    expect(headers["vary"]).toBe("Origin");
  });

  test("a browser may ask before it posts a card", async () => {
    const { headers, status } = await send(server.url, {
      headers: {
        "access-control-request-headers": "authorization",
        "access-control-request-method": "POST",
        origin: "https://shop.example",
      },
      key: null,
      method: "OPTIONS",
      path: "/v1/tokens",
    });
    expect(status).toBeLessThan(300);
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-allow-methods"]).toContain("POST");
    expect(headers["access-control-allow-headers"]?.toLowerCase()).toContain("authorization");
  });

  test("keys stand as Stripe writes them: id, object, then the alphabet; errors in the alphabet", async () => {
    const { text } = await post("/v1/charges", charge);
    const [first, second, ...rest] = Object.keys(JSON.parse(text) as object);
    expect([first, second]).toEqual(["id", "object"]);
    expect(rest).toEqual(rest.toSorted());
    const declined = await post("/v1/charges", { ...charge, source: "tok_chargeDeclined" });
    const keys = Object.keys(declined.body.error);
    expect(keys).toEqual(keys.toSorted());
  });
});

test("the account that a request names is echoed", async () => {
  const named = await send(server.url, {
    headers: { "stripe-account": server.accountId },
    key: server.secretKey,
    path: "/v1/balance",
  });
  expect([named.status, named.headers["stripe-account"]]).toEqual([200, server.accountId]);
  const unnamed = await send(server.url, { key: server.secretKey, path: "/v1/balance" });
  expect(unnamed.headers["stripe-account"]).toBeUndefined();
});
