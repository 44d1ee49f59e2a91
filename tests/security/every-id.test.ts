/**
 * Every id of every resource, asked for by everybody who may not see it: through every operation that takes it in its
 * path, from another account, from the other mode, and with each kind of key that has no right to it. What they hear
 * tells nothing, and nothing is changed. The operations are those of the route table, so a new one is covered at once.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations, type RunningServer } from "../../server/src/index.ts";
import { addAccount, addKey } from "../support/accounts.ts";
import { type Answer, cardForm, type Form, send } from "../support/http.ts";
import { createStore, engines, startOn, type TestStore } from "../support/server.ts";
import { quietEndpoint } from "./webhook-permission-cases.ts";

/** What stands in the owner's objects and nowhere else. */
const secret = "secret-9c41d7";

/** What a request of an operation is nothing without. */
const forms: Readonly<Record<string, Form>> = {
  "POST /v1/customers/:customer/cards": { source: "tok_visa" },
  "POST /v1/customers/:customer/sources": { source: "tok_visa" },
};

const withIds = operations.filter(({ path }) => path.includes("/:"));

describe.each(engines)("on %s", (engine) => {
  let store: TestStore;
  let server: RunningServer;
  /** The owner's ids, by what stands before them in a path. */
  let owned: Readonly<Record<string, string>>;
  const strangers = new Map<string, string>();
  const powerless = new Map<string, string>();

  beforeAll(async () => {
    store = await createStore(engine);
    server = await startOn(store);
    owned = await makeOwned();
    const other = await addAccount(store);
    strangers.set("the other mode", await server.createApiKey({ kind: "secret", livemode: true }));
    for (const livemode of [false, true]) {
      strangers.set(
        `another account, ${livemode ? "live" : "test"}`,
        await addKey(store, other, { kind: "secret", livemode }),
      );
    }
    powerless.set("a publishable key", server.publishableKey);
    powerless.set(
      "a restricted key of nothing",
      await server.createApiKey({ kind: "restricted", livemode: false }),
    );
  });

  afterAll(async () => {
    await server.close();
    store.remove();
  });

  const post = (path: string, form: Form): Promise<Answer> =>
    send(server.url, { form, key: server.secretKey, path });

  async function makeOwned(): Promise<Readonly<Record<string, string>>> {
    const listener = await post("/v1/istripe/webhook_listeners", { name: secret });
    const endpoint = await post("/v1/webhook_endpoints", {
      ...quietEndpoint,
      description: secret,
      "metadata[secret]": secret,
    });
    const metadata = { "metadata[secret]": secret };
    const token = await post("/v1/tokens", { ...cardForm(), ...metadata, "card[name]": secret });
    const charge = await post("/v1/charges", {
      ...metadata,
      amount: 7777,
      currency: "usd",
      description: secret,
      source: "tok_visa",
    });
    const refund = await post("/v1/refunds", { ...metadata, amount: 11, charge: charge.body.id });
    const customer = await post("/v1/customers", {
      ...metadata,
      email: `${secret}@example.com`,
      name: secret,
      source: "tok_visa",
    });
    const card = String(customer.body["default_source"]);
    const key = await post("/v1/istripe/api_keys", { name: secret });
    const events = await send(server.url, { key: server.secretKey, path: "/v1/events?limit=1" });
    const deliveries = await send(server.url, {
      key: server.secretKey,
      path: "/v1/istripe/webhook_deliveries?limit=1",
    });
    const delivery = deliveries.body.data[0]?.id ?? "";
    return {
      api_keys: key.body.id,
      deliveries: delivery,
      webhook_deliveries: delivery,
      webhook_endpoints: endpoint.body.id,
      webhook_listeners: listener.body.id,
      balance_transactions: String(charge.body["balance_transaction"]),
      cards: card,
      charges: charge.body.id,
      customers: customer.body.id,
      events: events.body.data[0]?.id ?? "",
      refunds: refund.body.id,
      request_logs: String(charge.headers["request-id"]),
      sources: card,
      tokens: token.body.id,
    };
  }

  const pathOf = (pattern: string): string =>
    pattern.replaceAll(/(\w+)\/:\w+/g, (_, kind: string) => {
      const id = owned[kind];
      if (id === undefined) throw new Error(`nothing is made for /${kind}/: add it above`);
      return `${kind}/${id}`;
    });

  const ask = (key: string, { method, path }: (typeof operations)[number]): Promise<Answer> =>
    send(server.url, {
      key,
      method,
      path: pathOf(path),
      ...(method === "POST" ? { form: forms[`${method} ${path}`] ?? {} } : {}),
    });

  const state = async (): Promise<unknown> =>
    Promise.all(
      [
        "tokens",
        "charges",
        "refunds",
        "customers",
        "cards",
        "api_keys",
        "webhook_endpoints",
        "webhook_deliveries",
      ].map((table) => store.query(`select id, version from ${table} order by id`)),
    );

  test.each(
    withIds.map((operation) => [`${operation.method} ${operation.path}`, operation] as const),
  )("%s", async (_, operation) => {
    const before = await state();
    for (const [who, key] of strangers) {
      const { body, status, text } = await ask(key, operation);
      // Live mode has no processor, and that is asked before anything is looked for.
      const isKnown = body.error["code"] === "processor_not_configured";
      expect([who, isKnown || status === 404]).toEqual([who, true]);
      expect(text).not.toContain(secret);
      // Alone, as a card shows them; a port or an id may contain these digits.
      expect(text).not.toMatch(/(?<![A-Za-z0-9])7777(?![A-Za-z0-9])/u);
    }
    for (const [who, key] of powerless) {
      if (operation.allow.includes("publishable") && who.startsWith("a publishable")) continue;
      const { status, text } = await ask(key, operation);
      expect([who, status]).toEqual([who, 403]);
      expect(text).not.toContain(secret);
    }
    expect(await state()).toEqual(before);
  });
});
