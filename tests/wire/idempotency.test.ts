/**
 * The same idempotency key gives the same answer and one effect, whatever happens between: a storm of requests, a
 * decline, a mistake, a restart. A processor that fails is in resume.test.ts, how long a key lasts in key-age.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../server/src/index.ts";
import { type Answer, cardForm, type Form, send } from "../support/http.ts";
import { createStore, engines, startOn, type TestStore } from "../support/server.ts";

const charge: Form = { amount: 2000, currency: "usd", source: "tok_visa" };

const inUse = (key: string): string =>
  `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;

let keyCount = 0;
const newKey = (): string => `key-${Date.now()}-${++keyCount}`;

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

  const post = (key: string, form: Form, path = "/v1/charges"): Promise<Answer> =>
    send(server.url, { form, headers: { "idempotency-key": key }, key: server.secretKey, path });

  const get = (path: string): Promise<Answer> => send(server.url, { key: server.secretKey, path });

  /** How many charges and events carry the text that a test put into its charges. */
  async function effectsOf(group: string): Promise<{ charges: number; events: number }> {
    const charges = await get(`/v1/charges?limit=100&transfer_group=${group}`);
    const events = await get("/v1/events?limit=100");
    const isOurs = ({ data }: Record<string, unknown>): boolean =>
      (data as { object: Record<string, unknown> }).object["transfer_group"] === group;
    return { charges: charges.body.data.length, events: events.body.data.filter(isOurs).length };
  }

  function expectReplay(answer: Answer, first: Answer): void {
    expect(answer.status).toBe(first.status);
    expect(answer.text).toBe(first.text);
    expect(answer.headers["idempotent-replayed"]).toBe("true");
    expect(answer.headers["original-request"]).toBe(first.headers["request-id"]);
    expect(answer.headers["request-id"]).not.toBe(first.headers["request-id"]);
    expect(answer.headers["stripe-should-retry"]).toBe("false");
    expect(answer.headers["content-type"]).toBe("application/json");
  }

  test("two hundred requests at once with one key make one charge; the others hear of it or wait", async () => {
    const key = newKey();
    const form = { ...charge, transfer_group: key };
    const answers = await Promise.all(Array.from({ length: 200 }, () => post(key, form)));
    const done = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map(({ text }) => text)).size).toBe(1);
    const replays = done.filter(({ headers }) => headers["idempotent-replayed"] === "true");
    expect(done.length - replays.length).toBe(1);
    for (const { body, status } of refused) {
      expect(status).toBe(409);
      expect(body.error).toMatchObject({
        code: "idempotency_key_in_use",
        message: inUse(key),
        type: "idempotency_error",
      });
    }
    expect(await effectsOf(key)).toEqual({ charges: 1, events: 1 });
  });

  test("a storm on twenty keys and one single-use token spends the token once", async () => {
    const token = await post(newKey(), cardForm(), "/v1/tokens");
    const group = newKey();
    const keys = Array.from({ length: 20 }, newKey);
    const form = { ...charge, source: token.body.id, transfer_group: group };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => post(keys[at % 20] ?? "", form)),
    );
    expect(await effectsOf(group)).toEqual({ charges: 1, events: 1 });
    for (const { status } of answers) expect([200, 400, 409, 429]).toContain(status);
    const codes = answers
      .filter(({ status }) => status === 400)
      .map(({ body }) => body.error["code"]);
    expect(new Set(codes)).toEqual(new Set(["token_already_used"]));
  });

  test("a replay is the first answer to the byte, and does nothing", async () => {
    const key = newKey();
    const form = { ...charge, "metadata[ü]": "ž", transfer_group: key };
    const first = await post(key, form);
    expect(first.headers["idempotent-replayed"]).toBeUndefined();
    expect(first.headers["original-request"]).toBe(first.headers["request-id"]);
    expectReplay(await post(key, form), first);
    expectReplay(await post(key, form), first);
    expect(await effectsOf(key)).toEqual({ charges: 1, events: 1 });
  });

  test("a replay with an expanded answer is the first answer, too", async () => {
    const key = newKey();
    const form = { ...charge, "expand[]": "balance_transaction" };
    const first = await post(key, form);
    expect(first.body["balance_transaction"]).toMatchObject({ object: "balance_transaction" });
    expectReplay(await post(key, form), first);
  });

  test("a token that was used or deleted since is replayed as it was", async () => {
    const key = newKey();
    const first = await post(key, cardForm(), "/v1/tokens");
    await post(newKey(), { ...charge, source: first.body.id });
    expectReplay(await post(key, cardForm(), "/v1/tokens"), first);
    expect((await get(`/v1/tokens/${first.body.id}`)).body["used"]).toBe(true);
  });

  test("a decline is replayed as the same decline of the same charge", async () => {
    const key = newKey();
    const form = { ...charge, source: "tok_chargeDeclined", transfer_group: key };
    const first = await post(key, form);
    expect(first.status).toBe(402);
    expectReplay(await post(key, form), first);
    expect(await effectsOf(key)).toEqual({ charges: 1, events: 1 });
  });

  test("a card error at tokenization is replayed", async () => {
    const key = newKey();
    const form = { ...cardForm(), "card[exp_year]": 2020 };
    const first = await post(key, form, "/v1/tokens");
    expect([first.status, first.body.error["code"]]).toEqual([402, "invalid_expiry_year"]);
    expectReplay(await post(key, form, "/v1/tokens"), first);
  });

  test("a refused second use of a token is replayed, though its first use is long over", async () => {
    const token = await post(newKey(), cardForm(), "/v1/tokens");
    const form = { ...charge, source: token.body.id };
    await post(newKey(), form);
    const key = newKey();
    const first = await post(key, form);
    expect([first.status, first.body.error["code"]]).toEqual([400, "token_already_used"]);
    expectReplay(await post(key, form), first);
  });

  test("other parameters under the same key are refused, whichever differs", async () => {
    const key = newKey();
    const first = await post(key, charge);
    const token = newKey();
    const made = await post(token, cardForm(), "/v1/tokens");
    const changes: readonly (readonly [string, Form, string])[] = [
      [key, { ...charge, amount: 2001 }, "/v1/charges"],
      [key, { ...charge, description: "more" }, "/v1/charges"],
      [key, { amount: 2000, currency: "usd" }, "/v1/charges"],
      [token, cardForm("5555555555554444"), "/v1/tokens"],
      [token, { ...cardForm(), "card[name]": "Jo" }, "/v1/tokens"],
    ];
    for (const [used, form, path] of changes) {
      const { body, headers, status } = await post(used, form, path);
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${used}' if you meant to execute a different request.`,
        type: "idempotency_error",
      });
      expect(headers["idempotent-replayed"]).toBeUndefined();
    }
    expectReplay(await post(key, charge), first);
    expectReplay(await post(token, cardForm(), "/v1/tokens"), made);
  });

  test("the order of the parameters and how they are escaped do not matter", async () => {
    const key = newKey();
    const ask = (form: string): Promise<Answer> =>
      send(server.url, {
        form,
        headers: { "idempotency-key": key },
        key: server.secretKey,
        path: "/v1/charges",
      });
    const first = await ask("amount=2000&currency=usd&source=tok_visa&metadata[a]=b");
    expectReplay(await ask("metadata%5Ba%5D=b&source=tok%5Fvisa&amount=2000&currency=usd"), first);
  });

  test("a key belongs to one endpoint", async () => {
    const key = newKey();
    await post(key, charge);
    const { body, status } = await post(key, cardForm(), "/v1/tokens");
    expect([status, body.error["type"]]).toEqual([400, "idempotency_error"]);
    expect(body.error["message"]).toMatch(
      /^Keys for idempotent requests can only be used for the same endpoint they were first used for \('\/v1\/tokens' vs '\/v1\/charges'\)\./,
    );
  });

  test("after a mistake that was found before anything was done, the key can be used again", async () => {
    const key = newKey();
    const mistakes: readonly Form[] = [
      { ...charge, amount: "abc" },
      { ...charge, colour: "blue" },
      { currency: "usd" },
      { ...charge, amount: 1 },
      { ...charge, source: "tok_nothing" },
      { ...charge, customer: "cus_x" },
    ];
    for (const form of mistakes) {
      const answer = await post(key, form);
      expect([400, 501]).toContain(answer.status);
      expect(answer.headers["idempotent-replayed"]).toBeUndefined();
    }
    const first = await post(key, charge);
    expect([first.status, first.headers["idempotent-replayed"]]).toEqual([200, undefined]);
    expectReplay(await post(key, charge), first);
  });

  test("a request that was not authenticated does not take the key", async () => {
    const key = newKey();
    const sent = { form: charge, headers: { "idempotency-key": key }, path: "/v1/charges" };
    expect((await send(server.url, { ...sent, key: "sk_test_wrong" })).status).toBe(401);
    expect((await send(server.url, { ...sent, key: server.publishableKey })).status).toBe(403);
    expect((await post(key, charge)).headers["idempotent-replayed"]).toBeUndefined();
  });

  test("the event names the key of the request that made it, and replays add none", async () => {
    const key = newKey();
    const first = await post(key, charge);
    await post(key, charge);
    const { body } = await get("/v1/events?limit=10");
    const ours = body.data.filter(
      ({ request }) => (request as { idempotency_key: string }).idempotency_key === key,
    );
    expect(ours).toHaveLength(1);
    expect(ours[0]?.["request"]).toMatchObject({ id: first.headers["request-id"] });
  });

  test("answers outlive a restart, byte by byte", async () => {
    const [key, declined] = [newKey(), newKey()];
    const first = await post(key, charge);
    const refused = await post(declined, { ...charge, source: "tok_chargeDeclined" });
    await server.close();
    server = await startOn(store);
    expectReplay(await post(key, charge), first);
    expectReplay(await post(declined, { ...charge, source: "tok_chargeDeclined" }), refused);
  });
});
