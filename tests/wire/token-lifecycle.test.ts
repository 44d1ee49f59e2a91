/**
 * A token from its making to its end: what can be changed of it, and that its card is destroyed the moment it is used,
 * deleted or too old. Changing and deleting tokens are iStripe's own additions.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Answer, cardForm, type Form, send } from "../support/http.ts";
import { engines, startTestServer, type TestServer } from "../support/server.ts";

const charge = { amount: 2000, currency: "usd" };

describe.each(engines)("on %s", (engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(engine);
  });
  afterAll(() => server.stop());

  const post = (path: string, form: Form, headers: Record<string, string> = {}): Promise<Answer> =>
    send(server.url, { form, headers, key: server.secretKey, path });
  const get = (path: string): Promise<Answer> => send(server.url, { key: server.secretKey, path });
  const remove = (id: string): Promise<Answer> =>
    send(server.url, { key: server.secretKey, method: "DELETE", path: `/v1/tokens/${id}` });
  const make = async (more: Form = {}): Promise<string> =>
    (await post("/v1/tokens", { ...cardForm(), ...more })).body.id;
  const sealedOf = async (id: string): Promise<unknown> =>
    (await server.store.query("select sealed from tokens where id = $1", [id]))[0]?.["sealed"];

  test("its expiry, name, address and metadata can be changed, and only what is sent changes", async () => {
    const id = await make({
      "card[address_city]": "Ghent",
      "card[name]": "Jo",
      "metadata[a]": "1",
      "metadata[b]": "2",
    });
    const { body, status } = await post(`/v1/tokens/${id}`, {
      "card[address_zip]": "9000",
      "card[exp_month]": "7",
      "card[exp_year]": "2045",
      "metadata[b]": "",
      "metadata[c]": "3",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      card: {
        address_city: "Ghent",
        address_zip: "9000",
        address_zip_check: "unchecked",
        exp_month: 7,
        exp_year: 2045,
        name: "Jo",
      },
      id,
      used: false,
    });
    expect(body["metadata"]).toEqual({ a: "1", c: "3" });
    expect((await get(`/v1/tokens/${id}`)).body).toEqual(body);
    const paid = await post("/v1/charges", { ...charge, source: id });
    expect(paid.body["source"]).toMatchObject({
      address_zip: "9000",
      exp_month: 7,
      exp_year: 2045,
    });
  });

  test("an empty value clears, where there may be nothing", async () => {
    const id = await make({
      "card[address_line1]": "1 Main Street",
      "card[name]": "Jo",
      "metadata[a]": "1",
    });
    const { body } = await post(`/v1/tokens/${id}`, {
      "card[address_line1]": "",
      "card[name]": "",
      metadata: "",
    });
    expect(body["card"]).toMatchObject({
      address_line1: null,
      address_line1_check: null,
      name: null,
    });
    // As on Stripe's own tokens, which have no metadata.
    expect(body["metadata"] ?? {}).toEqual({});
    const refused = await post(`/v1/tokens/${id}`, { "card[exp_year]": "" });
    expect([refused.status, refused.body.error["code"]]).toEqual([400, "parameter_invalid_empty"]);
  });

  test("its number and code cannot be changed, nor its expiry to the past", async () => {
    const id = await make();
    for (const form of [
      { "card[number]": "5555555555554444" },
      { "card[cvc]": "999" },
      { used: "true" },
    ]) {
      const { body, status } = await post(`/v1/tokens/${id}`, form);
      expect([status, body.error["code"]]).toEqual([400, "parameter_unknown"]);
    }
    const past = await post(`/v1/tokens/${id}`, { "card[exp_year]": "2020" });
    expect([past.status, past.body.error["code"]]).toEqual([402, "invalid_expiry_year"]);
    expect((await get(`/v1/tokens/${id}`)).body["card"]).toMatchObject({ last4: "4242" });
  });

  test("a change under an idempotency key is made once", async () => {
    const id = await make();
    const headers = { "idempotency-key": `change-${id}` };
    const first = await post(`/v1/tokens/${id}`, { "card[name]": "One" }, headers);
    await post(`/v1/tokens/${id}`, { "card[name]": "Two" });
    const replay = await post(`/v1/tokens/${id}`, { "card[name]": "One" }, headers);
    expect([replay.text, replay.headers["idempotent-replayed"]]).toEqual([first.text, "true"]);
    expect((await get(`/v1/tokens/${id}`)).body["card"]).toMatchObject({ name: "Two" });
  });

  test("once used it can be read but not changed, deleted or used, and its card is gone", async () => {
    const id = await make();
    expect(await sealedOf(id)).not.toBeNull();
    await post("/v1/charges", { ...charge, source: id });
    expect(await sealedOf(id)).toBeNull();
    expect((await get(`/v1/tokens/${id}`)).body["used"]).toBe(true);
    for (const answer of [
      await post(`/v1/tokens/${id}`, { "card[name]": "Jo" }),
      await remove(id),
      await post("/v1/charges", { ...charge, source: id }),
    ]) {
      expect([answer.status, answer.body.error["code"]]).toEqual([400, "token_already_used"]);
    }
  });

  test("a decline uses it up, too", async () => {
    const id = await make({ ...cardForm("4000000000000002") });
    expect((await post("/v1/charges", { ...charge, source: id })).status).toBe(402);
    expect(await sealedOf(id)).toBeNull();
    expect((await get(`/v1/tokens/${id}`)).body["used"]).toBe(true);
  });

  test("what was refused before anything was done leaves it unused", async () => {
    const id = await make();
    expect((await post("/v1/charges", { amount: 1, currency: "usd", source: id })).status).toBe(
      400,
    );
    expect((await post("/v1/charges", { ...charge, "expand[]": "x", source: id })).status).toBe(
      400,
    );
    expect((await post("/v1/charges", { ...charge, source: id })).status).toBe(200);
  });

  test("once deleted it is gone for every purpose, with its card, name and address", async () => {
    const id = await make({ "card[address_line1]": "1 Main Street", "card[name]": "Jo" });
    expect((await remove(id)).body).toEqual({ deleted: true, id, object: "token" });
    const [row] = await server.store.query(
      "select sealed, name, address from tokens where id = $1",
      [id],
    );
    expect(row).toEqual({ address: null, name: null, sealed: null });
    for (const answer of [
      await get(`/v1/tokens/${id}`),
      await remove(id),
      await post(`/v1/tokens/${id}`, { "card[name]": "Jo" }),
    ]) {
      expect([answer.status, answer.body.error["code"]]).toEqual([404, "resource_missing"]);
    }
    const { body, status } = await post("/v1/charges", { ...charge, source: id });
    expect([status, body.error["code"], body.error["param"]]).toEqual([
      400,
      "resource_missing",
      "source",
    ]);
  });

  test("of a charge and a deletion at once, one wins", async () => {
    for (let round = 0; round < 20; round++) {
      const id = await make();
      const [paid, deleted] = await Promise.all([
        post("/v1/charges", { ...charge, source: id }),
        remove(id),
      ]);
      expect([paid.status, deleted.status].filter((status) => status === 200)).toHaveLength(1);
      expect(await sealedOf(id)).toBeNull();
    }
  });
});

test.each(engines)(
  "a token that nobody used within its lifetime pays for nothing, and its card is destroyed, on %s",
  { concurrent: true, timeout: 20_000 },
  async (engine) => {
    const server = await startTestServer(engine, ["--token-lifetime", "1"]);
    try {
      const post = (path: string, form: Form): Promise<Answer> =>
        send(server.url, { form, key: server.secretKey, path });
      const { body } = await post("/v1/tokens", cardForm());
      await new Promise((resolve) => setTimeout(resolve, 2100));
      const late = await post("/v1/charges", { ...charge, source: body.id });
      expect(late.status).toBe(400);
      expect(late.body.error["message"]).toMatch(/expired/);
      const isDestroyed = async (): Promise<boolean> => {
        const [row] = await server.store.query("select sealed, name from tokens where id = $1", [
          body.id,
        ]);
        return row?.["sealed"] === null && row["name"] === null;
      };
      await vi.waitUntil(isDestroyed, { interval: 100, timeout: 10_000 });
      expect((await post("/v1/charges", { ...charge, source: body.id })).status).toBe(400);
    } finally {
      await server.stop();
    }
  },
);
