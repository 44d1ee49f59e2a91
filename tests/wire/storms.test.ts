/**
 * Many callers at once on one thing: the documented outcome, once. What is asked of both databases, because on one of
 * them the callers really run at the same time.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Form, send } from "../support/http.ts";
import { engines, startTestServer, type TestServer } from "../support/server.ts";

describe.each(engines)("on %s", (engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(engine);
  });
  afterAll(() => server.stop());

  const post = (path: string, form: Form, headers: Record<string, string> = {}): Promise<Answer> =>
    send(server.url, { form, headers, key: server.secretKey, path });
  const get = (path: string): Promise<Answer> => send(server.url, { key: server.secretKey, path });
  const many = <T>(count: number, ask: (at: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, at) => ask(at)));
  const terms = { amount: 1000, currency: "usd", source: "tok_visa" };

  test("200 clients with one idempotency key make one charge", async () => {
    const headers = { "idempotency-key": `storm ${engine}` };
    const description = "one of 200";
    const answers = await many(200, () => post("/v1/charges", { ...terms, description }, headers));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const made = answers.filter(({ status }) => status === 200);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    const { body } = await get("/v1/charges?limit=100");
    const charged = body.data.filter((charge) => charge["description"] === description);
    expect(charged).toHaveLength(1);
    const again = await post("/v1/charges", { ...terms, description }, headers);
    expect(again.text).toBe(made[0]?.text);
  });

  test("100 refunds of a tenth each give back the whole and not a cent more", async () => {
    const { body: charge } = await post("/v1/charges", terms);
    const answers = await many(100, () => post("/v1/refunds", { amount: 100, charge: charge.id }));
    const given = answers.filter(({ status }) => status === 200);
    expect(given).toHaveLength(10);
    for (const { body, status } of answers) {
      if (status === 200) continue;
      expect([400, 429]).toContain(status);
      expect(body.error["code"] ?? body.error["param"]).toMatch(
        /charge_already_refunded|amount|lock_timeout/,
      );
    }
    const { body: after } = await get(`/v1/charges/${charge.id}`);
    expect([after["amount_refunded"], after["refunded"]]).toEqual([1000, true]);
    const { body: list } = await get(`/v1/refunds?charge=${charge.id}&limit=100`);
    expect(list.data.reduce((sum, { amount }) => sum + amount, 0)).toBe(1000);
  });

  test("50 updates of one customer are all kept", async () => {
    const { body: customer } = await post("/v1/customers", {});
    const path = `/v1/customers/${customer.id}`;
    const answers = await many(50, (at) => post(path, { [`metadata[k${at}]`]: "v" }));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { body } = await get(path);
    expect(Object.keys(body["metadata"] as object)).toHaveLength(50);
  });

  test("one token is kept by one of 40 customers, and pays for none of 40 charges then", async () => {
    const token = await post("/v1/tokens", {
      "card[exp_month]": "12",
      "card[exp_year]": new Date().getUTCFullYear() + 3,
      "card[number]": "4242424242424242",
    });
    const source = token.body.id;
    const answers = await many(40, () => post("/v1/customers", { source }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const charges = await many(40, () => post("/v1/charges", { ...terms, source }));
    expect(charges.filter(({ status }) => status === 200)).toHaveLength(0);
  });
});
