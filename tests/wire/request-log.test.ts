/**
 * The request log over the wire: each error leads to its record, what must not be kept is in none of them, the log
 * outlives its server, and no request waits for it or fails with it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAccount, addKey } from "../support/accounts.ts";
import { type Answer, cardForm, type Sent, send, type Wire } from "../support/http.ts";
import {
  createStore,
  engines,
  startOn,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

const path = "/v1/istripe/request_logs";
/** Longer than records wait for their batch. */
const writtenMs = 5000;

type Asker = Pick<TestServer, "url" | "secretKey">;

/** What the log has of a request; it is there when its batch is written. */
async function recordOf({ secretKey: key, url }: Asker, id: unknown): Promise<Wire> {
  const untilMs = Date.now() + writtenMs;
  for (;;) {
    const { body, status } = await send(url, { key, path: `${path}/${String(id)}` });
    if (status === 200) return body;
    if (Date.now() > untilMs) throw new Error(`${String(id)} is not in the log`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function countsOf(url: string): Promise<Record<string, number>> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const lines = metrics.matchAll(/^istripe_request_log_records_total\{outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, outcome = "", count]) => [outcome, Number(count)]));
}

describe.each(engines)("on %s", (engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(engine);
  });
  afterAll(() => server.stop());

  const ask = (sent: Omit<Sent, "key">): Promise<Answer> =>
    send(server.url, { key: server.secretKey, ...sent });

  test("an error names the address of its record, which the key that asked can read", async () => {
    const refused = await ask({ form: { amount: "x" }, path: "/v1/charges" });
    const url = refused.body.error["request_log_url"] ?? "";
    expect(url).toBe(`${server.url}${path}/${String(refused.headers["request-id"])}`);
    const record = await recordOf(server, refused.headers["request-id"]);
    expect(record).toMatchObject({
      answer: refused.body,
      client_ip: "127.0.0.1",
      error_code: "parameter_invalid_integer",
      error_message: "Invalid integer: x",
      livemode: false,
      method: "POST",
      object: "istripe.request_log",
      parameters: { amount: "x" },
      path: "/v1/charges",
      status: 400,
    });
    expect(record["api_key"]).toMatch(/^sk_test_\*+.{4}$/);
    const read = await fetch(url, { headers: { authorization: `Bearer ${server.secretKey}` } });
    expect([read.status, await read.json()]).toEqual([200, record]);
  });

  test("whoever is not let in hears no address", async () => {
    const stranger = await send(server.url, { key: "sk_test_wrong", path: "/v1/balance" });
    const elsewhere = await ask({ headers: { "stripe-account": "acct_x" }, path: "/v1/balance" });
    expect([stranger.status, elsewhere.status]).toEqual([401, 403]);
    for (const { body } of [stranger, elsewhere]) {
      expect(body.error).not.toHaveProperty("request_log_url");
    }
  });

  test("whoever is let in and may not do this hears one, and so does who asks for what is not built", async () => {
    const key = server.publishableKey;
    const forbidden = await send(server.url, { key, path: "/v1/balance" });
    const unbuilt = await ask({ form: {}, path: "/v1/payment_methods" });
    expect([forbidden.status, unbuilt.status]).toEqual([403, 501]);
    for (const { body, headers } of [forbidden, unbuilt]) {
      expect(body.error["request_log_url"]).toMatch(`${path}/${String(headers["request-id"])}`);
      expect((await recordOf(server, headers["request-id"]))["answer"]).toEqual(body);
    }
  });

  test("the replay of an error names the record of the first request, and leaves its own", async () => {
    const declined = {
      form: { amount: 2000, currency: "usd", source: "tok_chargeDeclined" },
      headers: { "idempotency-key": "replayed" },
      path: "/v1/charges",
    };
    const first = await ask(declined);
    const again = await ask(declined);
    expect([first.status, again.text]).toEqual([402, first.text]);
    expect(first.body.error["request_log_url"]).toContain(String(first.headers["request-id"]));
    const record = await recordOf(server, again.headers["request-id"]);
    expect([record["idempotency_key"], record["error_code"]]).toEqual([
      "replayed",
      "card_declined",
    ]);
  });

  test("no card number, security code or key is in the log, wherever it was sent", async () => {
    const number = "4000001234567899";
    const form = {
      ...cardForm(number, "987"),
      "metadata[a]": `${number} and sk_test_51abcdefghijkl`,
      [`metadata[${number}]`]: "whsec_51abcdefghijkl",
    };
    const headers = {
      "idempotency-key": `order ${number}`,
      "stripe-version": number,
      "user-agent": `agent ${number}`,
    };
    const answers = [
      await ask({ form: cardForm(number, "987"), path: "/v1/tokens" }),
      await ask({ form, headers: { ...headers, "stripe-version": "" }, path: "/v1/tokens" }),
      await ask({ form, headers, path: "/v1/tokens" }),
      await ask({ form: { name: number }, headers, path: "/v1/customers" }),
      await ask({ form: { description: "CVC: 987", name: number }, path: "/v1/customers" }),
      await ask({ path: `/v1/charges/${number}?number=${number}` }),
      await ask({ path: `/v1/charges?card[number]=${number}&card[cvc]=987` }),
    ];
    for (const { headers } of answers) await recordOf(server, headers["request-id"]);
    const rows = await server.store.query("select * from request_logs");
    const text = JSON.stringify(rows, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    expect(rows.length).toBeGreaterThanOrEqual(answers.length);
    expect(text).toContain("order ****");
    expect(text).toContain("card:0");
    for (const secret of ["400000123456", "001234567899", "51abcdefghij", "987\\"]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/cvc[^a-z]{1,9}987/i);
  });

  test("a new API key's text is not in the log", async () => {
    const made = await ask({ form: { name: "made" }, path: "/v1/istripe/api_keys" });
    expect(made.status).toBe(200);
    const record = await recordOf(server, made.headers["request-id"]);
    expect([record["answer"], record["parameters"]]).toEqual([null, { name: "made" }]);
    const rows = await server.store.query("select answer from request_logs");
    expect(JSON.stringify(rows)).not.toContain(String(made.body["secret"]));
  });

  test("neither another account nor another mode nor a publishable key reads a record", async () => {
    const stranger = await addAccount(server.store);
    const secret = { kind: "secret", livemode: false } as const;
    const keys = [
      await addKey(server.store, stranger, secret),
      await addKey(server.store, server.accountId, { ...secret, livemode: true }),
      server.publishableKey,
    ];
    const refused = await ask({ path: "/v1/charges/ch_unknown" });
    const id = String(refused.headers["request-id"]);
    await recordOf(server, id);
    const statuses = [];
    for (const key of keys) {
      statuses.push((await send(server.url, { key, path: `${path}/${id}` })).status);
    }
    expect(statuses).toEqual([404, 404, 403]);
  });

  test("reads that succeed are in the log only where all are asked for", async () => {
    const listed = await ask({ path: "/v1/charges?limit=1" });
    const refused = await ask({ path: "/v1/charges/ch_unknown" });
    await recordOf(server, refused.headers["request-id"]);
    const id = String(listed.headers["request-id"]);
    expect((await ask({ path: `${path}/${id}` })).status).toBe(404);
  });

  test("the list is filtered, and a cursor that names nothing is refused", async () => {
    const refused = await ask({ form: { amount: "y" }, path: "/v1/charges" });
    await recordOf(server, refused.headers["request-id"]);
    const query = "status_class=4xx&method=POST&path=/v1/charges&limit=1&created[gte]=1";
    const { body } = await ask({ path: `${path}?${query}` });
    expect(body).toMatchObject({ object: "list", url: path });
    expect(body.data.map(({ id }) => id)).toEqual([refused.headers["request-id"]]);
    expect((await ask({ path: `${path}?created[lt]=1` })).body.data).toEqual([]);
    expect((await ask({ path: `${path}?starting_after=req_none` })).status).toBe(400);
    expect((await ask({ path: `${path}?status_class=7xx` })).status).toBe(400);
  });

  test("a log that cannot be written fails no request, says so, and goes on when it can", async () => {
    const form = { email: "jenny@example.com" };
    await server.store.query("alter table request_logs rename to elsewhere");
    const made = await ask({ form, path: "/v1/customers" });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const later = await ask({ form, path: "/v1/customers" });
    expect([made.status, later.status]).toEqual([200, 200]);
    await server.store.query("alter table elsewhere rename to request_logs");
    expect((await countsOf(server.url))["dropped"]).toBeGreaterThan(0);
    const last = await ask({ form, path: "/v1/customers" });
    expect(last.status).toBe(200);
    // After a failure the log leaves the database alone for five seconds.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect((await recordOf(server, last.headers["request-id"]))["status"]).toBe(200);
  }, 20_000);
});

describe.each(engines)("on %s, from start to start", (engine) => {
  test("the log outlives its server, what was asked last included, and needs no further requests", async () => {
    const store = await createStore(engine);
    try {
      const first = await startOn(store, ["--request-log", "all"]);
      const { secretKey: key } = first;
      const read = await send(first.url, { key, path: "/v1/charges?limit=3" });
      await first.close();
      const second = await startOn(store, ["--public-url", "https://pay.example.com"]);
      const record = await recordOf(second, read.headers["request-id"]);
      expect(record).toMatchObject({ answer: null, method: "GET", parameters: { limit: "3" } });
      const refused = await send(second.url, { key, path: "/v1/charges/ch_unknown" });
      expect(refused.body.error["request_log_url"]).toBe(
        `https://pay.example.com${path}/${String(refused.headers["request-id"])}`,
      );
      await second.close();
    } finally {
      store.remove();
    }
  });

  test("a server without a log keeps nothing and names no address", async () => {
    const server = await startTestServer(engine, ["--request-log", "off"]);
    const { secretKey: key, store, url } = server;
    const refused = await send(url, { key, path: "/v1/charges/ch_unknown" });
    expect(Object.keys(refused.body.error)).not.toContain("request_log_url");
    await server.close();
    expect(await store.query("select id from request_logs")).toEqual([]);
    store.remove();
  });
});

test("while the log's table is locked for seconds, requests are answered as fast as ever", async () => {
  const server = await startTestServer("postgres");
  const { secretKey: key, store, url } = server;
  const form = { email: "jenny@example.com" };
  const locked = store.query(
    "do $$ begin lock table request_logs in access exclusive mode; perform pg_sleep(4); end $$",
  );
  let slowestMs = 0;
  let last: Answer | undefined;
  for (const endsMs = Date.now() + 1500; Date.now() < endsMs; ) {
    const startedMs = performance.now();
    last = await send(url, { form, key, path: "/v1/customers" });
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    expect(last.status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Who waits for the table waits until the four seconds are over.
  expect(slowestMs).toBeLessThan(2000);
  await locked;
  await recordOf(server, last?.headers["request-id"]);
  await server.stop();
});
