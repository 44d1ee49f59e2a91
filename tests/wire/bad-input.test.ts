/**
 * Whatever is sent instead of a good request is answered with Stripe's error object and a 4xx (501 for what is not built
 * yet), soon, and the server goes on. Bodies and URLs come through HTTP; what HTTP itself forbids is in bad-http.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, encoded, type Sent, send } from "../support/http.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("sqlite");
});
afterAll(() => server.stop());

/** An answer of the slowest kind takes far less. */
const soonMs = 2000;

async function ask(sent: Omit<Sent, "key">): Promise<Answer> {
  const startedMs = performance.now();
  const answer = await send(server.url, { key: server.secretKey, ...sent });
  expect(performance.now() - startedMs).toBeLessThan(soonMs);
  return answer;
}

function expectError(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  expect(Object.keys(answer.body)).toEqual(["error"]);
  expect(answer.body.error["type"]).toMatch(/^(?:invalid_request_error|api_error|card_error)$/);
  expect(answer.body.error["message"]).toMatch(/^.{10,2000}$/s);
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/);
}

const good = { amount: 2000, currency: "usd", source: "tok_visa" };
const goodBody = encoded(good);

const brokenBodies: Readonly<Record<string, string | Buffer>> = {
  "a bare escape": `${goodBody}&a=%`,
  "a body of ampersands": "&".repeat(1_000_000),
  "a body of brackets": "[".repeat(1_000_000),
  "a body of equals signs": "=".repeat(1_000_000),
  "a bracket that closes before it opens": `${goodBody}&a]b[=1`,
  "a bracket without an end": `${goodBody}&a[b=1`,
  "a cut escape": `${goodBody}&a=%4`,
  "a hash and a list under one name": `${goodBody}&metadata[a]=1&metadata[]=2`,
  "a key without a name": `${goodBody}&[]=1`,
  "a long name": `${goodBody}&${"a".repeat(100_000)}=1`,
  "a long value": `${goodBody}&description=${"a".repeat(1_000_000)}`,
  "a million brackets": `${goodBody}&a${"[".repeat(1_000_000)}`,
  "a million brackets in pairs": `${goodBody}&a${"[]".repeat(500_000)}=1`,
  "a name of dots": `${goodBody}&a.b.c=1`,
  "a name that every object has": `${goodBody}&constructor[prototype][polluted]=1`,
  "a NUL in a name": Buffer.from(`${goodBody}&a\0b=1`),
  "a NUL in a value": `${goodBody}&description=a%00b`,
  "a prototype in metadata, nested": `${goodBody}&metadata[__proto__][polluted]=1`,
  "a raw NUL in a value": Buffer.from(`${goodBody}&description=a\0b`),
  "a surrogate": `${goodBody}&description=%ED%A0%80`,
  "a value and a hash under one name": `${goodBody}&metadata=a&metadata[b]=c`,
  "an escape that is none": `${goodBody}&a=%zz`,
  "an overlong encoding": `${goodBody}&description=%C0%AF`,
  "an unknown name": `${goodBody}&colour=blue`,
  "bad UTF-8": Buffer.concat([Buffer.from(`${goodBody}&description=`), Buffer.from([0xff, 0xfe])]),
  "bad UTF-8, escaped": `${goodBody}&description=%FF%FE`,
  "brackets after a bracket": `${goodBody}&a[[b]]=1`,
  "deep nesting": `${goodBody}&${"a[b]".repeat(1)}${"[c]".repeat(100_000)}=1`,
  "JSON in a form": JSON.stringify(good),
  "letters after a bracket": `${goodBody}&a[b]c=1`,
  nothing: "",
  "random bytes": Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919 + 13) % 256)),
  "two thousand parameters": `${goodBody}&${Array.from({ length: 2000 }, (_, at) => `metadata[k${at}]=v`).join("&")}`,
  "too many metadata keys": `${goodBody}&${Array.from({ length: 51 }, (_, at) => `metadata[k${at}]=v`).join("&")}`,
  "too many parameters of one list": `${goodBody}&${Array.from({ length: 900 }, (_, at) => `expand[]=a${at}`).join("&")}`,
};

const brokenAmounts: readonly string[] = [
  "1.5",
  "1e3",
  "0x10",
  " ",
  "12 ",
  "-1",
  "0",
  "49",
  "NaN",
  "Infinity",
  "１２００",
  "null",
  "true",
  "9007199254740993",
  "99999999999999999999",
  "9".repeat(400),
  "9".repeat(100_000),
  "--5",
  "+",
  "",
];

describe("a body", () => {
  test.each(Object.entries(brokenBodies))("of %s", async (_, form) => {
    expectError(await ask({ form, path: "/v1/charges" }), 400);
  });

  test.each(brokenAmounts)("with the amount %j", async (amount) => {
    const answer = await ask({ form: { ...good, amount }, path: "/v1/charges" });
    expectError(answer, 400);
    expect(answer.body.error["param"]).toBe("amount");
  });

  test("larger than a mebibyte", async () => {
    expectError(await ask({ form: "a".repeat(1_048_577), path: "/v1/charges" }), 413);
  });

  test.each([
    ["application/json", JSON.stringify(good)],
    ["application/json", goodBody],
    ["application/json", "{"],
    ["application/xml", "<a/>"],
    ["text/plain", goodBody],
    ["multipart/form-data; boundary=x", "--x--"],
    ["multipart/form-data", goodBody],
    ["application/x-www-form-urlencodedx", goodBody],
    ["nonsense", goodBody],
    [";", goodBody],
    [",,,", goodBody],
    ["application/", goodBody],
  ])("of the type %s", async (type, form) => {
    const headers = { "content-type": type };
    expectError(await ask({ form, headers, path: "/v1/charges" }), 400);
  });

  test("with its parameters in the query", async () => {
    expectError(await ask({ form: "", path: `/v1/charges?${goodBody}` }), 400);
  });

  test("of which a parameter is sent twice counts the last one", async () => {
    const { body, status } = await ask({ form: `amount=100&${goodBody}`, path: "/v1/charges" });
    expect([status, body.amount]).toEqual([200, 2000]);
  });

  test("of a GET is not read as parameters", async () => {
    const answer = await ask({ form: "limit=1&nonsense=1", method: "GET", path: "/v1/charges" });
    expect([200, 400]).toContain(answer.status);
  });

  test("may use any prototype's names as metadata, and changes no prototype", async () => {
    const form = `${goodBody}&metadata[__proto__]=a&metadata[constructor]=b&metadata[toString]=c`;
    const answer = await ask({ form, path: "/v1/charges" });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    if (answer.status !== 200) return expectError(answer, 400);
    const metadata = answer.body["metadata"] as object;
    expect(Object.entries(metadata)).toEqual(
      expect.arrayContaining([
        ["__proto__", "a"],
        ["constructor", "b"],
        ["toString", "c"],
      ]),
    );
  });
});

const longId = "x".repeat(10_000);
const urls: readonly (readonly [string, number])[] = [
  ["/", 404],
  ["/v1", 404],
  ["/v1/", 404],
  ["/v1/nothing", 404],
  ["/v2/charges", 404],
  ["/V1/charges", 404],
  ["/v1/charges/", 404],
  ["//v1/charges", 404],
  ["/v1//charges", 404],
  ["/v1/charges/../charges", 404],
  ["/v1/charges/..%2f..%2fetc%2fpasswd", 404],
  ["/v1/charges/%2e%2e", 404],
  ["/v1/charges/ch_x/nothing", 404],
  ["/v1/charges/ch_%00", 404],
  ["/v1/charges/%00", 404],
  ["/v1/charges/%", 400],
  ["/v1/charges/%zz", 400],
  ["/v1/charges/%ff", 400],
  ["/v1/charges/%F0%9F%92%B3", 404],
  ["/v1/charges/'%20or%201=1--", 404],
  ["/v1/charges/__proto__", 404],
  ["/v1/charges/constructor", 404],
  [`/v1/charges/${longId}`, 400],
  [`/v1/${longId}`, 404],
  ["/v1/charges?limit=0", 400],
  ["/v1/charges?limit=1e2", 400],
  ["/v1/charges?limit[]=1", 400],
  ["/v1/charges?limit=", 400],
  ["/v1/charges?created[foo]=1", 400],
  ["/v1/charges?created=x", 400],
  ["/v1/charges?created[gt]=99999999999999", 400],
  ["/v1/charges?expand=x", 400],
  ["/v1/charges?expand[]=", 400],
  ["/v1/charges?expand[]=a.b.c.d.e", 400],
  ["/v1/charges?%", 400],
  ["/v1/charges?a=%ff", 400],
  ["/v1/charges?starting_after=%00", 400],
  ["/v1/charges?starting_after=ch_a&ending_before=ch_b", 400],
  ["/v1/charges?unknown=1", 400],
  ["/v1/charges?__proto__=1", 400],
  [`/v1/charges?starting_after=${longId}`, 400],
  [`/v1/charges?${"limit=1&".repeat(1500)}`, 400],
];

describe("a URL", () => {
  test.each(urls)("%s", async (path, status) => {
    const answer = await ask({ path });
    expectError(answer, status);
    // What the caller sent comes back short.
    expect(answer.text.length).toBeLessThan(1000);
  });

  test.each(["PUT", "PATCH", "DELETE"] as const)("with the verb %s", async (method) => {
    const answer = await ask({ method, path: "/v1/charges/ch_x" });
    expectError(answer, 404);
    expect(answer.body.error["message"]).toBe(
      `Unrecognized request URL (${method}: /v1/charges/ch_x). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    );
  });

  test("with the verb HEAD has no body", async () => {
    const { status, text } = await ask({ method: "HEAD", path: "/v1/charges" });
    expect([status < 500, text]).toEqual([true, ""]);
  });
});

const unbuilt: readonly (readonly ["GET" | "POST" | "DELETE", string])[] = [
  ["POST", "/v1/payment_intents"],
  ["GET", "/v1/payment_intents/pi_x"],
  ["POST", "/v1/payment_intents/pi_x/confirm"],
  ["POST", "/v1/payment_methods"],
  ["DELETE", "/v1/products/prod_x"],
  ["POST", "/v1/subscriptions"],
  ["POST", "/v1/payouts"],
  ["POST", "/v1/checkout/sessions"],
];

describe("what Stripe has and iStripe has not built", () => {
  test.each(unbuilt)("%s %s says so, and that trying again is no use", async (method, path) => {
    const answer = await ask({ method, path, ...(method === "POST" ? { form: "a=b" } : {}) });
    expectError(answer, 501);
    expect(answer.body.error).toMatchObject({ code: "not_implemented", type: "api_error" });
    expect(answer.headers["stripe-should-retry"]).toBe("false");
  });

  test("is said only to callers with a key, like everything else", async () => {
    const path = "/v1/payment_intents";
    const known = await ask({ form: "a=b", path });
    expect(known.headers["request-id"]).toMatch(/^req_/);
    expectError(await send(server.url, { form: "a=b", key: null, path }), 401);
  });

  test.each(["destination", "on_behalf_of", "application_fee_amount"])(
    "a charge's %s",
    async (param) => {
      const answer = await ask({ form: { ...good, [param]: "x" }, path: "/v1/charges" });
      expectError(answer, 501);
      expect(answer.body.error).toMatchObject({ code: "not_implemented", param });
    },
  );
});

const brokenHeaders: readonly (readonly [string, Record<string, string>, number])[] = [
  ["a version that is no date", { "stripe-version": "latest" }, 400],
  ["a version of a month that does not exist", { "stripe-version": "2019-13-01" }, 400],
  ["an empty idempotency key", { "idempotency-key": "" }, 400],
  ["an idempotency key of 256 characters", { "idempotency-key": "k".repeat(256) }, 400],
  ["another account", { "stripe-account": "acct_x" }, 403],
  ["no credentials", { authorization: "Bearer" }, 401],
  ["an unknown scheme", { authorization: "Digest x" }, 401],
  ["basic credentials that are no base64", { authorization: "Basic ***" }, 401],
  [
    "a key of eight thousand characters",
    { authorization: `Bearer sk_test_${longId.slice(0, 8000)}` },
    401,
  ],
];

describe("a header", () => {
  test.each(brokenHeaders)("%s", async (_, headers, status) => {
    expectError(await ask({ form: good, headers, path: "/v1/charges" }), status);
  });

  test("an idempotency key of 255 characters is fine", async () => {
    const headers = { "idempotency-key": "k".repeat(255) };
    expect((await ask({ form: good, headers, path: "/v1/charges" })).status).toBe(200);
  });

  test("headers of 20 KB", async () => {
    expectError(await ask({ headers: { "x-long": "x".repeat(20_000) }, path: "/v1/balance" }), 431);
  });
});

test("after all of this the server answers, and nothing was charged by accident", async () => {
  const { body, status } = await ask({ path: "/v1/charges?limit=100" });
  expect(status).toBe(200);
  expect(body.data.length).toBeLessThanOrEqual(3);
  for (const { amount } of body.data) expect(amount).toBe(2000);
});
