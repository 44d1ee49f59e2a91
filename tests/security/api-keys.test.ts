/**
 * API keys are made, used and rolled over iStripe's own endpoints: a key's text is shown once and stored nowhere, a
 * restricted one may do what it was given and nothing else, and a rolled one stops working when it was said to.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../server/src/index.ts";
import { type Answer, type Form, send } from "../support/http.ts";
import { createStore, engines, startOn, type TestStore } from "../support/server.ts";

const path = "/v1/istripe/api_keys";
/** How long a key's row is trusted before it is read again, and some more. */
const trustedMs = 1100;

describe.each(engines)("on %s", (engine) => {
  let store: TestStore;
  let server: RunningServer;
  beforeAll(async () => {
    store = await createStore(engine);
    server = await startOn(store);
  });
  afterAll(async () => {
    await server.close();
    store.remove();
  });

  const call = (at: string, form?: Form, key = server.secretKey): Promise<Answer> =>
    send(server.url, { key, path: at, ...(form === undefined ? {} : { form }) });
  const make = async (form: Form) => {
    const { body, status } = await call(path, form);
    expect(status).toBe(200);
    return { id: body.id, secret: String(body["secret"]) };
  };

  test("a key is shown once, works, and is stored as a digest only", async () => {
    const { id, secret } = await make({ name: "the shop" });
    expect(secret).toMatch(/^sk_test_51[0-9A-Za-z]{48}$/);
    expect((await call("/v1/balance", undefined, secret)).status).toBe(200);
    const listed = await call(`${path}?limit=100`);
    const [found] = listed.body.data.filter((key) => key.id === id);
    expect(found).toMatchObject({
      kind: "secret",
      last4: secret.slice(-4),
      livemode: false,
      name: "the shop",
      object: "istripe.api_key",
    });
    expect(listed.text).not.toContain(secret);
    for (const table of ["api_keys", "idempotency_keys", "events"]) {
      expect(JSON.stringify(await store.query(`select * from ${table}`))).not.toContain(secret);
    }
  });

  test("a request that is repeated gets the same key again, and what is kept of it nobody can read", async () => {
    const headers = { "idempotency-key": "make a key" };
    const request = { form: { name: "x" }, headers, key: server.secretKey, path };
    const first = await send(server.url, request);
    const second = await send(server.url, request);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.text).toBe(first.text);
    const kept = JSON.stringify(await store.query("select * from idempotency_keys"));
    expect(kept).toContain("make a key");
    expect(kept).not.toContain(String(first.body["secret"]));
  });

  test("a restricted key does what it was given and nothing else", async () => {
    const { secret } = await make({
      kind: "restricted",
      "permissions[charge]": "write",
      "permissions[customer]": "read",
      "permissions[token]": "none",
    });
    const status = async (at: string, form?: Form) => (await call(at, form, secret)).status;
    expect(await status("/v1/customers")).toBe(200);
    expect(await status("/v1/customers", { name: "x" })).toBe(403);
    expect(await status("/v1/charges")).toBe(200);
    const charge = { amount: 100, currency: "usd", source: "tok_visa" };
    expect(await status("/v1/charges", charge)).toBe(200);
    expect(await status("/v1/balance")).toBe(403);
    expect(await status("/v1/tokens/tok_x")).toBe(403);
    // No restricted key makes or lists keys, whatever it was given.
    expect(await status(path)).toBe(403);
    expect(await status(path, { name: "x" })).toBe(403);
    const refused = await call("/v1/customers", { name: "x" }, secret);
    expect(refused.body.error["message"]).toContain("Having the 'rak_customer_write' permission");
  });

  test("a rolled key stops working when it was said to, and the new one goes on", async () => {
    const now = await make({ name: "now" });
    const later = await make({ kind: "restricted", "permissions[customer]": "read" });
    const rolled = await call(`${path}/${now.id}/roll`, {});
    expect(rolled.status).toBe(200);
    const graced = await call(`${path}/${later.id}/roll`, { expires_in: 3600 });
    await pause(trustedMs);
    const status = async (key: unknown) =>
      (await call("/v1/customers", undefined, `${key}`)).status;
    expect(await status(now.secret)).toBe(401);
    expect(await status(rolled.body["secret"])).toBe(200);
    expect(await status(later.secret)).toBe(200);
    expect(await status(graced.body["secret"])).toBe(200);
    const again = await call(`${path}/${now.id}/roll`, {});
    expect([again.status, again.body.error["type"]]).toEqual([400, "invalid_request_error"]);
  });

  test("the key that the server keeps is not rolled away from under it", async () => {
    const { body } = await call(`${path}?limit=100`);
    const kept = body.data.filter((key) => key["name"] === "kept by the server");
    expect(kept).toHaveLength(2);
    const refused = await call(`${path}/${kept[0]?.id}/roll`, {});
    expect(refused.status).toBe(400);
    expect(refused.body.error["message"]).toContain("remove the file test-keys.json");
    expect((await call("/v1/balance")).status).toBe(200);
  });

  test("what is wrong is refused, and another mode's keys are unknown", async () => {
    const live = await server.createApiKey({ kind: "secret", livemode: true });
    const { id } = await make({});
    expect((await call(`${path}/${id}/roll`, {}, live)).status).toBe(404);
    expect((await call(path, { kind: "root" })).status).toBe(400);
    expect((await call(path, { "permissions[customer]": "read" })).body.error["param"]).toBe(
      "permissions",
    );
    expect((await call(path, { kind: "restricted", "permissions[nonsense]": "read" })).status).toBe(
      400,
    );
    expect((await call(`${path}?starting_after=mk_none`)).status).toBe(400);
  });
});
