/**
 * Every operation with parameters drawn from its own schema: mostly right, sometimes wrong, in any mixture. Whatever
 * comes, the answer is a success that its schema declares or one of Stripe's errors; never a fault, never a hang.
 */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { operations } from "../../server/src/index.ts";
import { type Answer, cardForm, send } from "../support/http.ts";
import { engines, startTestServer, type TestServer } from "../support/server.ts";
import { type AnswerSchema, mismatch } from "./answer-schema.ts";

type Operation = (typeof operations)[number];
type Pairs = readonly (readonly [name: string, value: string])[];

/** The part of JSON Schema that parameters use. */
interface ParameterSchema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly ParameterSchema[];
  readonly items?: ParameterSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, ParameterSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: ParameterSchema | boolean;
  readonly "x-vault"?: string;
}

/** No card's refund waits for a customer to act, which is what could be cancelled. */
const neverSucceeds: ReadonlySet<string> = new Set(["POST /v1/refunds/:refund/cancel"]);

const runsOfEach = Number(process.env["FUZZ_RUNS"] ?? 300);
const budgetMs = 10_000;

/** The server under test, and ids that exist there, for a third of the requests. Replaced for each operation. */
let server: TestServer;
let ids: string[] = [];

/** Made anew for each operation: the one before may have deleted them all. */
async function makeObjects(): Promise<void> {
  const post = (path: string, form: Record<string, string | number>): Promise<Answer> =>
    send(server.url, { form, key: server.secretKey, path });
  ids = [];
  await makeReceivers(post);
  for (let count = 0; count < 3; count++) {
    const token = await post("/v1/tokens", cardForm());
    const terms = { amount: 90_000, currency: "usd", source: "tok_visa" };
    const charge = await post("/v1/charges", terms);
    const held = await post("/v1/charges", { ...terms, capture: "false" });
    const customer = await post("/v1/customers", { name: "Jenny Rosen", source: "tok_visa" });
    const apiKey = await post("/v1/istripe/api_keys", {});
    const refund = await post("/v1/refunds", { amount: 10, charge: charge.body.id });
    ids.push(
      held.body.id,
      refund.body.id,
      apiKey.body.id,
      customer.body.id,
      String(customer.body["default_source"]),
      token.body.id,
      charge.body.id,
      String(charge.body["balance_transaction"]),
    );
  }
  for (const path of ["/v1/events", "/v1/istripe/request_logs", "/v1/istripe/webhook_deliveries"]) {
    const found = await send(server.url, { key: server.secretKey, path });
    ids.push(...found.body.data.map(({ id }) => id));
  }
}

/** Who is told of what is made next. There may be sixteen endpoints at once, and nothing listens at theirs. */
async function makeReceivers(
  post: (path: string, form: Record<string, string | number>) => Promise<Answer>,
): Promise<void> {
  const path = "/v1/webhook_endpoints";
  const old = await send(server.url, { key: server.secretKey, path: `${path}?limit=100` });
  for (const { id } of old.body.data) {
    await send(server.url, { key: server.secretKey, method: "DELETE", path: `${path}/${id}` });
  }
  const endpoint = await post(path, { "enabled_events[]": "*", url: closedUrl });
  const listener = await post("/v1/istripe/webhook_listeners", { name: "fuzz" });
  ids.push(endpoint.body.id, listener.body.id);
}

/** Refuses every connection. */
const closedUrl = "http://127.0.0.1:1/";

const strange = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom(
    "",
    " ",
    "0",
    "-1",
    "true",
    "null",
    "[]",
    "{}",
    "%00",
    "\u0000",
    "a,b",
    "tok_visa",
  ),
  fc.constantFrom("__proto__", "constructor", "2025-01-01", "1e999", "💳".repeat(100)),
  fc.integer().map(String),
  fc.string({ maxLength: 3, minLength: 3 }).map((unit) => unit.repeat(2000)),
);
const known = fc.nat().map((at) => ids[at % Math.max(1, ids.length)] ?? "");

/** What a schema cannot tell: which text is right, and which optional parameters a request is nothing without. */
const usual: Readonly<Record<string, readonly string[]>> = {
  amount: ["50", "2000", "700", "99999999", "49", "100000000"],
  "card[exp_month]": ["12", "1", "05", "11", "13"],
  "card[exp_year]": ["2049", "49", "2041", "2050", "2020"],
  query: ["amount>100", 'status:"succeeded"', "created>1", 'name~"Jen"', 'metadata["a"]:"b"'],
  source: ["tok_visa", "tok_mastercard", "tok_amex", "tok_chargeDeclined", "tok_none"],
  timeout: ["0", "0", "0", "-1", "31", "soon"],
  url: [closedUrl, "http://127.0.0.1:1/a?b=c", "https://127.0.0.1:1/", "ftp://x", "nonsense"],
};
const needed: ReadonlySet<string> = new Set(["card", "charge", "source"]);

const anyCharge = fc.nat().map((at) => {
  const charges = ids.filter((id) => id.startsWith("ch_"));
  return charges[at % Math.max(1, charges.length)] ?? "";
});

function scalar(schema: ParameterSchema, name: string): fc.Arbitrary<string> {
  if (name === "charge") return anyCharge;
  const values = usual[name];
  if (values !== undefined) {
    return fc.oneof(
      { arbitrary: fc.constantFrom(...values), weight: 5 },
      { arbitrary: known, weight: 1 },
    );
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema["x-vault"] === "number") {
    return fc.constantFrom(
      "4242424242424242",
      "5555555555554444",
      "4000000000000002",
      "4242424242424241",
    );
  }
  if (schema["x-vault"] === "cvc") return fc.constantFrom("123", "1234", "12");
  switch (schema.type) {
    case "integer": {
      const min = schema.minimum ?? -(2 ** 53);
      const max = schema.maximum ?? 2 ** 53;
      return fc
        .oneof(fc.integer({ max: 5000, min: 1 }), fc.maxSafeInteger())
        .map((value) => String(Math.min(max, Math.max(min, value))));
    }
    case "boolean":
      return fc.constantFrom("true", "false");
    default:
      if (schema.format === "currency") return fc.constantFrom("usd", "EUR", "jpy", "bhd", "xyz");
      if (schema.format === "email") return fc.constantFrom("a@example.com", "a", "@");
      return fc.oneof(
        fc.string({ maxLength: 40 }),
        known,
        fc.constantFrom("12", "2030", "tok_visa"),
      );
  }
}

const choose = (options: readonly fc.Arbitrary<Pairs>[]): fc.Arbitrary<Pairs> =>
  fc.oneof(...options);

/** Pairs that send one parameter: right by the schema in most cases. */
function pairsOf(schema: ParameterSchema, name: string): fc.Arbitrary<Pairs> {
  if (schema.anyOf !== undefined) {
    return choose(schema.anyOf.map((option) => pairsOf(option, name)));
  }
  if (schema.type === "array") {
    return fc
      .array(pairsOf(schema.items ?? {}, `${name}[]`), { maxLength: 4 })
      .map((elements) => elements.flat());
  }
  if (schema.type === "object" && schema.properties === undefined) {
    const entry = fc.tuple(fc.string({ maxLength: 45 }), fc.string({ maxLength: 20 }));
    return fc
      .array(entry, { maxLength: 4 })
      .map((entries) => entries.map(([key, value]) => [`${name}[${key}]`, value] as const));
  }
  if (schema.type === "object") return hashOf(schema, name);
  return scalar(schema, name).map((value) => [[name, value]]);
}

function hashOf(schema: ParameterSchema, name: string): fc.Arbitrary<Pairs> {
  const required = new Set(schema.required);
  // Of two ways of saying who pays, one is enough.
  const isNeeded = (key: string): boolean =>
    needed.has(key) && !(key === "card" && schema.properties?.["source"] !== undefined);
  const parts = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const path = name === "" ? key : `${name}[${key}]`;
    const right = pairsOf(property, path);
    const wrong = strange.map((value): Pairs => [[path, value]]);
    // A question that waits for something to happen, as it does when not told how long, would be all that is asked.
    if (key === "timeout") return right;
    const none = fc.constant<Pairs>([]);
    return required.has(key) || isNeeded(key)
      ? fc.oneof(
          { arbitrary: right, weight: 18 },
          { arbitrary: wrong, weight: 1 },
          { arbitrary: none, weight: 1 },
        )
      : fc.oneof(
          { arbitrary: right, weight: 3 },
          { arbitrary: wrong, weight: 1 },
          {
            arbitrary: none,
            weight: Math.max(16, 3 * Object.keys(schema.properties ?? {}).length),
          },
        );
  });
  return fc.tuple(...parts).map((pairs) => pairs.flat());
}

const extra = fc.oneof(
  { arbitrary: fc.constant<Pairs>([]), weight: 9 },
  { arbitrary: fc.tuple(strange, strange).map((pair): Pairs => [pair]), weight: 1 },
);

/** How the ids of an endpoint's objects begin, by what stands before them in its path. */
const prefixes: Readonly<Record<string, string>> = {
  api_keys: "mk_",
  deliveries: "whd_",
  webhook_deliveries: "whd_",
  webhook_endpoints: "we_",
  webhook_listeners: "whl_",
  balance_transactions: "txn_",
  cards: "card_",
  charges: "ch_",
  customers: "cus_",
  events: "evt_",
  refunds: "re_",
  request_logs: "req_",
  sources: "card_",
  tokens: "tok_",
};

/** Ids for a path, mostly of objects that are there and belong together: the n-th card is the n-th customer's. */
const pathIds = (path: string): fc.Arbitrary<readonly string[]> => {
  const kinds = [...path.matchAll(/(\w+)\/:\w+/g)].map(([, kind = ""]) => prefixes[kind] ?? "");
  const nth = (kind: string, at: number): string => {
    const ofKind = ids.filter((id) => id.startsWith(kind));
    return ofKind[at % Math.max(1, ofKind.length)] ?? "";
  };
  return fc.oneof(
    { arbitrary: fc.nat().map((at) => kinds.map((kind) => nth(kind, at))), weight: 4 },
    { arbitrary: fc.tuple(...kinds.map(() => fc.oneof(known, strange))), weight: 1 },
  );
};

const requestOf = ({ parameters, path }: Operation) =>
  fc.record({
    ids: pathIds(path),
    isKeyed: fc.boolean(),
    pairs: fc.tuple(hashOf(parameters as ParameterSchema, ""), extra).map((pairs) => pairs.flat()),
  });

type Drawn = { readonly ids: readonly string[]; readonly isKeyed: boolean; readonly pairs: Pairs };

const encodedPairs = (pairs: Pairs): string =>
  pairs.map((pair) => pair.map(escaped).join("=")).join("&");

/** What cannot be written as UTF-8 is sent as the replacement character. */
const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());

async function perform(operation: Operation, drawn: Drawn): Promise<Answer> {
  const form = encodedPairs(drawn.pairs);
  const ids = [...drawn.ids];
  const path = operation.path.replaceAll(/:\w+/g, () => escaped(ids.shift() ?? ""));
  const isPost = operation.method === "POST";
  return send(server.url, {
    headers: drawn.isKeyed ? { "idempotency-key": `fuzz-${Math.random()}` } : {},
    key: server.secretKey,
    method: operation.method,
    path: isPost || form === "" ? path : `${path}?${form}`,
    ...(isPost ? { form } : {}),
  });
}

function expectAnswer(operation: Operation, answer: Answer): void {
  const { body, status, text } = answer;
  if (status === 200) {
    expect(mismatch(answerSchemaOf(operation), body)).toBeUndefined();
    return;
  }
  expect(status === 501 || (status >= 400 && status < 500)).toBe(true);
  expect(Object.keys(body)).toEqual(["error"]);
  expect(Object.keys(body.error)).toEqual(expect.arrayContaining(["message", "type"]));
  for (const field of Object.values(body.error)) expect(typeof field).toBe("string");
  expect(text.length).toBeLessThan(5000);
}

function answerSchemaOf(operation: Operation): AnswerSchema {
  if (operation.answers === "plain") return operation.schema as AnswerSchema;
  const element = operation.resource.schema as AnswerSchema;
  if (operation.answers === "single") {
    const { deleted } = operation.resource;
    return deleted === undefined ? element : { anyOf: [element, deleted.schema as AnswerSchema] };
  }
  const isSearch = operation.answers === "search";
  return {
    additionalProperties: false,
    properties: {
      ...(isSearch
        ? {
            next_page: { anyOf: [{ type: "string" }, { type: "null" }] },
            total_count: { type: "integer" },
          }
        : {}),
      data: { items: element, type: "array" },
      has_more: { type: "boolean" },
      object: { const: isSearch ? "search_result" : "list" },
      url: { type: "string" },
    },
    required: ["data", "has_more", "object", "url"],
    type: "object",
  };
}

describe.each(engines)("every operation, with parameters from its own schema, on %s", (engine) => {
  let played = 0;
  beforeAll(async () => {
    server = await startTestServer(engine);
  });
  beforeEach(makeObjects);
  afterAll(() => server.stop());

  test.each(
    operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const),
  )("%s", { timeout: budgetMs + 5000 }, async (_, operation) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async (drawn) => {
        const answer = await perform(operation, drawn);
        played += 1;
        statuses.add(answer.status);
        expectAnswer(operation, answer);
      }),
      { interruptAfterTimeLimit: budgetMs, numRuns: runsOfEach },
    );
    // The draws are good enough to get through, and bad enough to be refused.
    expect(statuses.has(200)).toBe(!neverSucceeds.has(`${operation.method} ${operation.path}`));
    expect([...statuses].some((status) => status >= 400)).toBe(true);
  });

  test("at least 10,000 cases were played, unless fewer were asked for", () => {
    expect(played).toBeGreaterThanOrEqual(Math.min(10_000, operations.length * runsOfEach));
  });

  test("after all of it the server answers, and its books balance", async () => {
    const { body, status } = await send(server.url, { key: server.secretKey, path: "/v1/balance" });
    expect(status).toBe(200);
    const net = await server.store.query(
      "select currency, sum(amount - fee) as total from balance_transactions group by currency",
    );
    expect(net).not.toEqual([]);
    const shown = new Map<string, number>();
    for (const side of [body["available"], body["pending"]] as {
      amount: number;
      currency: string;
    }[][]) {
      for (const { amount, currency } of side) {
        shown.set(currency, (shown.get(currency) ?? 0) + amount);
      }
    }
    for (const { currency, total } of net) expect(shown.get(String(currency))).toBe(Number(total));
  });
});
