/**
 * Every operation with every kind of key in both modes: what an operation declares is who may call it, and everybody
 * else hears Stripe's sentence and changes nothing. An operation without a case here fails the last test.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations, permissionNames, type RunningServer } from "../../server/src/index.ts";
import { addKey } from "../support/accounts.ts";
import { type Answer, type Form, send } from "../support/http.ts";
import { createStore, engines, startOn, type TestStore } from "../support/server.ts";
import { type Case, card, cases, type Made } from "./permission-cases.ts";
import { quietEndpoint } from "./webhook-permission-cases.ts";

/** Restricted keys of nothing, of reading and of writing everything that one can be given. */
const kinds = [
  "secret",
  "publishable",
  "restricted",
  "restricted read",
  "restricted write",
  "none",
  "wrong",
  "expired",
] as const;
type KeyKind = (typeof kinds)[number];
const modes = ["test", "live"] as const;
type Mode = (typeof modes)[number];

const sentences = {
  none: "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
  publishable:
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
} as const;

const masked = (key: string): string =>
  `${key.slice(0, 8)}${"*".repeat(key.length - 12)}${key.slice(-4)}`;

const names = operations.map(({ method, path }) => `${method} ${path}`);
const matrix = operations.flatMap((operation) =>
  kinds.flatMap((kind) =>
    modes.map((mode) => ({
      ...operation,
      kind,
      mode,
      name: `${operation.method} ${operation.path}`,
    })),
  ),
);

/** Whether this kind of key may make this call. */
function isAllowed({ allow, kind, method, permission }: (typeof matrix)[number]): boolean {
  const isOfSecretKeys = allow.includes("secret") && permission !== undefined;
  if (kind === "restricted read") return isOfSecretKeys && method === "GET";
  if (kind === "restricted write") return isOfSecretKeys;
  return allow.some((allowed) => allowed === kind);
}

const everything = (access: "read" | "write") =>
  Object.fromEntries(permissionNames.map((name) => [name, access]));

describe.each(engines)("on %s", (engine) => {
  let store: TestStore;
  let server: RunningServer;
  const keys: Record<string, string | null> = {};
  let untouched: Made | undefined;

  beforeAll(async () => {
    store = await createStore(engine);
    server = await startOn(store);
    for (const mode of modes) {
      const livemode = mode === "live";
      keys[`secret ${mode}`] = await server.createApiKey({ kind: "secret", livemode });
      const restricted = { kind: "restricted", livemode } as const;
      keys[`restricted ${mode}`] = await server.createApiKey(restricted);
      for (const access of ["read", "write"] as const) {
        keys[`restricted ${access} ${mode}`] = await server.createApiKey({
          ...restricted,
          permissions: everything(access),
        });
      }
      keys[`publishable ${mode}`] = await server.createApiKey({ kind: "publishable", livemode });
      keys[`none ${mode}`] = null;
      keys[`wrong ${mode}`] = `${keys[`secret ${mode}`]?.slice(0, -4)}zzzz`;
      keys[`expired ${mode}`] = await addKey(store, server.accountId, {
        expiresAt: Math.floor(Date.now() / 1000) - 10,
        kind: "secret",
        livemode,
      });
    }
  });

  afterAll(async () => {
    await server.close();
    store.remove();
  });

  const post = (path: string, form: Form): Promise<Answer> =>
    send(server.url, { form, key: server.secretKey, path });

  const get = (path: string): Promise<Answer> => send(server.url, { key: server.secretKey, path });

  async function make(): Promise<Made> {
    const listener = await post("/v1/istripe/webhook_listeners", { name: "matrix" });
    // There may be sixteen at once.
    for (const { id } of (await get("/v1/webhook_endpoints?limit=100")).body.data) {
      const path = `/v1/webhook_endpoints/${id}`;
      await send(server.url, { key: server.secretKey, method: "DELETE", path });
    }
    const endpoint = await post("/v1/webhook_endpoints", quietEndpoint);
    const token = await post("/v1/tokens", card);
    const charge = await post("/v1/charges", { amount: 100, currency: "usd", source: "tok_visa" });
    const held = await post("/v1/charges", {
      amount: 100,
      capture: "false",
      currency: "usd",
      source: "tok_visa",
    });
    const refund = await post("/v1/refunds", { amount: 10, charge: charge.body.id });
    const events = await get("/v1/events?limit=1");
    const customer = await post("/v1/customers", { name: "Jenny Rosen", source: "tok_visa" });
    const apiKey = await post("/v1/istripe/api_keys", {});
    const path = `/v1/istripe/webhook_deliveries?limit=1&endpoint=${listener.body.id}`;
    const deliveries = await get(path);
    return {
      apiKey: apiKey.body.id,
      card: String(customer.body["default_source"]),
      charge: charge.body.id,
      customer: customer.body.id,
      held: held.body.id,
      refund: refund.body.id,
      event: events.body.data[0]?.id ?? "",
      token: token.body.id,
      delivery: deliveries.body.data[0]?.id ?? "",
      listener: listener.body.id,
      transaction: String(charge.body["balance_transaction"]),
      webhookEndpoint: endpoint.body.id,
    };
  }

  /** Everything that is stored, counted and summed up: equal before and after where nothing was changed. */
  const stored = async (): Promise<unknown> => {
    const tables = [
      "tokens",
      "customers",
      "charges",
      "events",
      "balance_transactions",
      "idempotency_keys",
    ];
    const counts = await Promise.all(
      tables.map((table) => store.query(`select count(*) as rows from ${table}`)),
    );
    return [counts, await store.query("select id, version, status from tokens order by id")];
  };

  function expectRefusal(
    answer: Answer,
    about: {
      readonly key: string | null;
      readonly kind: KeyKind;
      readonly permission: string | undefined;
    },
  ): void {
    const { key, kind, permission } = about;
    const { body, status } = answer;
    const error = body.error;
    expect(error["type"]).toBe("invalid_request_error");
    switch (kind) {
      case "none":
        expect([status, error["code"], error["message"]]).toEqual([401, undefined, sentences.none]);
        break;
      case "wrong":
        expect([status, error["code"], error["message"]]).toEqual([
          401,
          undefined,
          `Invalid API Key provided: ${masked(key ?? "")}`,
        ]);
        break;
      case "expired":
        expect([status, error["code"], error["message"]]).toEqual([
          401,
          "api_key_expired",
          `Expired API Key provided: ${masked(key ?? "")}`,
        ]);
        break;
      case "restricted":
      case "restricted read":
      case "restricted write":
        if (permission === undefined) {
          expect([status, error["code"]]).toEqual([403, "secret_key_required"]);
          break;
        }
        expect([status, error["code"]]).toEqual([403, undefined]);
        expect(error["message"]).toMatch(
          new RegExp(
            `^The provided key 'rk_(test|live)_[*]+....' does not have the required permissions for this endpoint on account '${server.accountId}'\\. Having the 'rak_[a-z_]+_(read|write)' permission would allow this request to continue\\.$`,
          ),
        );
        break;
      default:
        expect([status, error["code"], error["message"]]).toEqual([
          403,
          "secret_key_required",
          sentences.publishable,
        ]);
    }
  }

  function expectAllowed(answer: Answer, mode: Mode, one: Case): void {
    const { body, status } = answer;
    const { live } = one;
    if (mode === "test" || live === "ok") {
      expect(status).toBe(one.test ?? 200);
      if (body["livemode"] !== undefined) expect(body["livemode"]).toBe(mode === "live");
      return;
    }
    const error = body.error;
    if (live === "no processor") {
      expect([status, error["code"]]).toEqual([400, "processor_not_configured"]);
      expect(error["message"]).toMatch(/^No card processor is configured for live mode/);
      return;
    }
    if (live === "test mode only") {
      expect([status, error["message"]]).toEqual([400, "Test helpers are for test mode only."]);
      return;
    }
    expect([status, error["code"]]).toEqual([404, "resource_missing"]);
    if (live === "unknown") return;
    expect(error["message"]).toMatch(
      /; a similar object exists in test mode, but a live mode key was used to make this request\.$/,
    );
  }

  test.each(matrix)("$name with a $kind key of $mode mode", async (cell) => {
    const { kind, method, mode, name, permission } = cell;
    const one = cases[name];
    if (one === undefined) throw new Error(`${name} has no case: add one above`);
    // What nobody was allowed to touch serves the next case too.
    untouched ??= await make();
    const made = untouched;
    if (isAllowed(cell)) untouched = undefined;
    const before = await stored();
    const key = keys[`${kind} ${mode}`] ?? null;
    const answer = await send(server.url, {
      headers: { "idempotency-key": `${name} ${kind} ${mode}` },
      key,
      method,
      ...one.ask(made),
    });
    if (isAllowed(cell)) {
      expectAllowed(answer, mode, one);
      return;
    }
    expectRefusal(answer, { key, kind, permission });
    expect(await stored()).toEqual(before);
  });

  test("a key works as a Bearer token and as the user name of HTTP Basic, and nowhere else", async () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    const status = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await send(server.url, { headers, key: null, path })).status;
    const key = server.secretKey;
    expect(await status("/v1/balance", { authorization: `Bearer ${key}` })).toBe(200);
    expect(await status("/v1/balance", { authorization: basic(`${key}:`) })).toBe(200);
    expect(await status("/v1/balance", { authorization: basic(key) })).toBe(200);
    expect(await status("/v1/balance", { authorization: basic(`user:${key}`) })).toBe(401);
    expect(await status("/v1/balance", { authorization: key })).toBe(401);
    expect(await status(`/v1/balance?api_key=${key}`, {})).toBe(401);
    expect(await status("/v1/balance", { "x-api-key": key })).toBe(401);
  });

  test("another account cannot be acted on, and its name tells nothing", async () => {
    for (const account of ["acct_somebodyElse", "nonsense"]) {
      const { body, status } = await send(server.url, {
        headers: { "stripe-account": account },
        key: server.secretKey,
        path: "/v1/balance",
      });
      expect([status, body.error["code"]]).toEqual([403, "account_invalid"]);
      expect(body.error["message"]).toBe(
        `The provided key '${masked(server.secretKey)}' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
      );
    }
    const own = await send(server.url, {
      headers: { "stripe-account": server.accountId },
      key: server.secretKey,
      path: "/v1/balance",
    });
    expect(own.status).toBe(200);
  });
});

test("every operation has a case, and every case an operation", () => {
  expect(Object.keys(cases).toSorted()).toEqual(names.toSorted());
});

test("a publishable key may do only what a browser needs", () => {
  const open = operations.filter(({ allow }) => allow.includes("publishable"));
  expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /v1/tokens"]);
});
