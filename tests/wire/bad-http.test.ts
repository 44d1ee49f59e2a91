/**
 * What HTTP itself forbids, sent on a bare socket: ambiguous lengths, garbage, senders that never finish. Each is refused
 * or cut off in bounded time, never believed twice, and the server goes on.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { encoded, send } from "../support/http.ts";
import { exchange, statusesOf } from "../support/raw.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("sqlite");
});
afterAll(() => server.stop());

/** How many charges there are: what is refused must not have made one. */
const chargeCount = async (): Promise<number> => {
  const answer = await send(server.url, { key: server.secretKey, path: "/v1/charges?limit=100" });
  expect(answer.status).toBe(200);
  return answer.body.data.length;
};

afterEach(async () => {
  expect((await send(server.url, { key: server.secretKey, path: "/v1/balance" })).status).toBe(200);
});

const body = encoded({ amount: 2000, currency: "usd", source: "tok_visa" });

/** A request for a charge with these header lines, of which the length is the test's. */
const charge = (lines: readonly string[], sent = body): string =>
  [
    "POST /v1/charges HTTP/1.1",
    "Host: localhost",
    `Authorization: Bearer ${server.secretKey}`,
    "Content-Type: application/x-www-form-urlencoded",
    ...lines,
    "",
    sent,
  ].join("\r\n");

const length = `Content-Length: ${body.length}`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

const ambiguous: Readonly<Record<string, () => string>> = {
  "a blank before the colon": () => charge([`Content-Length : ${body.length}`]),
  "a chunk of a length that is no number": () =>
    charge(["Transfer-Encoding: chunked"], `zz\r\n${body}\r\n0\r\n\r\n`),
  "a chunk of a negative length": () =>
    charge(["Transfer-Encoding: chunked"], `-5\r\n${body}\r\n0\r\n\r\n`),
  "a chunk that is longer than it says": () =>
    charge(["Transfer-Encoding: chunked"], `5\r\n${body}\r\n0\r\n\r\n`),
  "a folded header": () => charge(["X-A: b", " c", length]),
  "a header without a name": () => charge([": x", length]),
  "a length and chunks": () =>
    charge([length, "Transfer-Encoding: chunked"], `${chunk(body)}0\r\n\r\n`),
  "a length of letters": () => charge(["Content-Length: many"]),
  "a length that is negative": () => charge(["Content-Length: -1"]),
  "a length with a sign": () => charge([`Content-Length: +${body.length}`]),
  "a delete character in a header": () => charge(["Idempotency-Key: a\x7fb", length]),
  "a NUL in a header": () => charge(["X-A: b\0c", length]),
  "a transfer coding that is unknown": () => charge(["Transfer-Encoding: xchunked"], chunk(body)),
  "bare line feeds": () => charge([length]).replaceAll("\r\n", "\n"),
  "chunks that are not last": () =>
    charge(["Transfer-Encoding: chunked, gzip"], `${chunk(body)}0\r\n\r\n`),
  "two lengths": () => charge([length, "Content-Length: 1"]),
};

const noHttp: Readonly<Record<string, string | Buffer>> = {
  "a line of letters": `${"a".repeat(100_000)}\r\n\r\n`,
  "a method that is unknown": "BREW /v1/charges HTTP/1.1\r\nHost: x\r\n\r\n",
  "a method in small letters": "get /v1/charges HTTP/1.1\r\nHost: x\r\n\r\n",
  "a version that does not exist": "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
  "HTTP/0.9": "GET /\r\n\r\n",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "random bytes": Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919 + 13) % 256)),
  SSH: "SSH-2.0-OpenSSH_9.9\r\n",
  TLS: Buffer.from("16030100a5010000a10303", "hex"),
};

describe("a request that can be read in two ways is refused, and charges nothing", () => {
  test.each(Object.keys(ambiguous))("%s", async (name) => {
    const before = await chargeCount();
    const { isClosed, text } = await exchange(server.url, [ambiguous[name]?.() ?? ""]);
    expect(statusesOf(text)).toEqual([400]);
    expect(text).toContain('"type": "invalid_request_error"');
    expect(isClosed).toBe(true);
    expect(await chargeCount()).toBe(before);
  });
});

describe("what is no HTTP is refused", () => {
  test.each(Object.keys(noHttp))("%s", async (name) => {
    const { isClosed, text } = await exchange(server.url, [noHttp[name] ?? ""]);
    expect([400, 404, 431, 505]).toContain(statusesOf(text)[0]);
    expect(text).toContain('"type": "invalid_request_error"');
    expect(isClosed).toBe(true);
  });
});

test("the answers of a pipeline come in order, and garbage behind them charges nothing", async () => {
  const before = await chargeCount();
  const get = `GET /v1/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.secretKey}\r\n\r\n`;
  const { isClosed, text } = await exchange(server.url, [
    `${get}${get}\0\0garbage\r\n\r\n${charge([length])}`,
  ]);
  const statuses = statusesOf(text);
  expect(statuses.every((status) => status === 200 || status === 400)).toBe(true);
  expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(1);
  expect(isClosed).toBe(true);
  expect(await chargeCount()).toBe(before);
});

test("a request without a host is refused, and charges nothing", async () => {
  const before = await chargeCount();
  const sent = charge([length, "Connection: close"]).replace("Host: localhost\r\n", "");
  const { text } = await exchange(server.url, [sent]);
  expect(statusesOf(text)).toEqual([400]);
  expect(text).toContain('"type": "invalid_request_error"');
  expect(await chargeCount()).toBe(before);
});

test("a body that is longer than its length is not a second request", async () => {
  const before = await chargeCount();
  const smuggled = charge([length]);
  const { text } = await exchange(server.url, [charge(["Content-Length: 0"], smuggled.slice(5))]);
  expect(statusesOf(text).every((status) => status === 400)).toBe(true);
  expect(await chargeCount()).toBe(before);
});

test("the absolute form of a URL is answered, and its host believed in nothing", async () => {
  const { text } = await exchange(server.url, [
    `GET http://elsewhere.example/v1/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.secretKey}\r\nConnection: close\r\n\r\n`,
  ]);
  expect([200, 400, 404]).toContain(statusesOf(text)[0]);
});

test("a key of letters beyond ASCII is a key, and comes back as it was", async () => {
  const pieces = [
    Buffer.from(charge(["Idempotency-Key: schl\xfcssel", length, "Connection: close"]), "latin1"),
  ];
  const first = await exchange(server.url, pieces);
  const second = await exchange(server.url, pieces);
  expect([statusesOf(first.text), statusesOf(second.text)]).toEqual([[200], [200]]);
  expect(first.text).toContain("Idempotency-Key: schl\xfcssel\r\n");
  expect(second.text).toContain("Idempotent-Replayed: true\r\n");
});

test("a body in chunks is a body", async () => {
  const sent = charge(
    ["Transfer-Encoding: chunked", "Connection: close"],
    `${chunk(body)}0\r\n\r\n`,
  );
  expect(statusesOf((await exchange(server.url, [sent])).text)).toEqual([200]);
});

test("CONNECT opens no tunnel", async () => {
  const { isClosed, text } = await exchange(server.url, [
    "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
  ]);
  expect(isClosed).toBe(true);
  expect(statusesOf(text).every((status) => status >= 400 && status < 500)).toBe(true);
});

test("a client that waits for leave to send its body gets it, or its answer", async () => {
  const [head = "", sent = ""] = charge([
    "Expect: 100-continue",
    length,
    "Connection: close",
  ]).split("\r\n\r\n");
  const { text } = await exchange(server.url, [`${head}\r\n\r\n`, sent], { pauseMs: 200 });
  expect(statusesOf(text).at(-1)).toBe(200);
});

test("an unknown expectation is refused", async () => {
  const { text } = await exchange(server.url, [
    charge(["Expect: miracles", length, "Connection: close"]),
  ]);
  expect([400, 417]).toContain(statusesOf(text)[0]);
});

describe("a sender that never finishes is cut off within 15 seconds", () => {
  const slowBound = { boundMs: 20_000, pauseMs: 500 };
  const drops = (text: string): string[] => text.split("");

  test.each([
    ["sends nothing at all", () => []],
    ["stops inside the request line", () => ["GET /v1/bal"]],
    ["drips header by header", () => ["GET / HTTP/1.1\r\n", ...drops("X: a\r\n".repeat(20))]],
    ["stops inside its body", () => [charge(["Content-Length: 100000"], "amount=1")]],
    [
      "drips its body byte by byte",
      () => [charge(["Content-Length: 100000"], ""), ...drops("a".repeat(100))],
    ],
    [
      "drips its chunks",
      () => [
        charge(["Transfer-Encoding: chunked"], ""),
        ...Array.from({ length: 100 }, () => "1\r\na\r\n"),
      ],
    ],
  ] as const)("%s", { concurrent: true, timeout: 25_000 }, async (_, pieces) => {
    const { isClosed, text, tookMs } = await exchange(server.url, pieces(), slowBound);
    expect(isClosed).toBe(true);
    expect(tookMs).toBeLessThan(15_000);
    // Cut off or told why; never charged.
    expect(statusesOf(text).every((status) => [200, 400, 408].includes(status))).toBe(true);
  });
});
