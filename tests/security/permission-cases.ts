/**
 * For each operation a request that succeeds in test mode, and what a caller who may make it hears in live mode. The
 * matrix of keys and modes fails until a new operation has its case here.
 */
import { cardForm, type Form } from "../support/http.ts";
import { webhookCases } from "./webhook-permission-cases.ts";

/** Objects of test mode that cases may name. */
export interface Made {
  /** A charge that only holds its money. */
  readonly held: string;
  readonly refund: string;
  readonly apiKey: string;
  /** One of the customer's. */
  readonly card: string;
  readonly customer: string;
  readonly charge: string;
  readonly event: string;
  readonly token: string;
  readonly transaction: string;
  readonly webhookEndpoint: string;
  readonly listener: string;
  /** One of the listener's. */
  readonly delivery: string;
}

export interface Case {
  /** A request that succeeds in test mode. */
  readonly ask: (made: Made) => { readonly path: string; readonly form?: Form };
  /** The status in test mode, where it is not 200. */
  readonly test?: number;
  /** What a caller who may call it hears in live mode. */
  readonly live: "ok" | "no processor" | "test mode only" | "test object" | "unknown";
}

export const card: Form = cardForm();

/** A customer's cards, under both of the names that Stripe has for them. */
const cardCases = ["cards", "sources"].flatMap((kind): readonly (readonly [string, Case])[] => {
  const list = `/v1/customers/:customer/${kind}`;
  const pathOf = (made: Made): string => `/v1/customers/${made.customer}/${kind}`;
  const one = (made: Made): string => `${pathOf(made)}/${made.card}`;
  return [
    [`GET ${list}`, { ask: (made) => ({ path: pathOf(made) }), live: "test object" }],
    [
      `POST ${list}`,
      {
        ask: (made) => ({ form: { source: "tok_visa" }, path: pathOf(made) }),
        live: "test object",
      },
    ],
    [`GET ${list}/:id`, { ask: (made) => ({ path: one(made) }), live: "test object" }],
    [
      `POST ${list}/:id`,
      { ask: (made) => ({ form: { name: "Jo" }, path: one(made) }), live: "test object" },
    ],
    [`DELETE ${list}/:id`, { ask: (made) => ({ path: one(made) }), live: "test object" }],
  ];
});

/** A charge's refunds, alone and below their charge. */
const refundCases = (
  [
    ["/v1/refunds", () => "/v1/refunds", "ok"],
    ["/v1/charges/:charge/refunds", ({ charge }) => `/v1/charges/${charge}/refunds`, "test object"],
  ] as const satisfies readonly (readonly [string, (made: Made) => string, Case["live"]])[]
).flatMap(([path, pathOf, live]): readonly (readonly [string, Case])[] => {
  const one = (made: Made): string => `${pathOf(made)}/${made.refund}`;
  const isAlone = path === "/v1/refunds";
  return [
    [`GET ${path}`, { ask: (made) => ({ path: pathOf(made) }), live }],
    [
      `POST ${path}`,
      {
        ask: (made) => ({
          form: { amount: 10, ...(isAlone ? { charge: made.charge } : {}) },
          path: pathOf(made),
        }),
        live: "no processor",
      },
    ],
    [`GET ${path}/:refund`, { ask: (made) => ({ path: one(made) }), live: "test object" }],
    [
      `POST ${path}/:refund`,
      { ask: (made) => ({ form: { "metadata[a]": "b" }, path: one(made) }), live: "test object" },
    ],
  ];
});

export const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(refundCases),
  "GET /v1/account": { ask: () => ({ path: "/v1/account" }), live: "ok" },
  "POST /v1/refunds/:refund/cancel": {
    ask: ({ refund }) => ({ form: {}, path: `/v1/refunds/${refund}/cancel` }),
    live: "test object",
    test: 400,
  },
  ...Object.fromEntries(cardCases),
  ...webhookCases,
  "DELETE /v1/customers/:customer": {
    ask: ({ customer }) => ({ path: `/v1/customers/${customer}` }),
    live: "test object",
  },
  "DELETE /v1/tokens/:token": {
    ask: ({ token }) => ({ path: `/v1/tokens/${token}` }),
    live: "test object",
  },
  "GET /v1/balance": { ask: () => ({ path: "/v1/balance" }), live: "ok" },
  "GET /v1/balance_transactions": {
    ask: () => ({ path: "/v1/balance_transactions" }),
    live: "ok",
  },
  "GET /v1/balance_transactions/:id": {
    ask: ({ transaction }) => ({ path: `/v1/balance_transactions/${transaction}` }),
    live: "test object",
  },
  "GET /v1/charges": { ask: () => ({ path: "/v1/charges" }), live: "ok" },
  "GET /v1/charges/:charge": {
    ask: ({ charge }) => ({ path: `/v1/charges/${charge}` }),
    live: "test object",
  },
  "GET /v1/customers": { ask: () => ({ path: "/v1/customers" }), live: "ok" },
  "GET /v1/customers/:customer": {
    ask: ({ customer }) => ({ path: `/v1/customers/${customer}` }),
    live: "test object",
  },
  "GET /v1/charges/search": {
    ask: () => ({ path: "/v1/charges/search?query=amount%3E1" }),
    live: "ok",
  },
  "GET /v1/customers/search": {
    ask: () => ({ path: "/v1/customers/search?query=created%3E1" }),
    live: "ok",
  },
  "GET /v1/events": { ask: () => ({ path: "/v1/events" }), live: "ok" },
  "GET /v1/events/:id": {
    ask: ({ event }) => ({ path: `/v1/events/${event}` }),
    live: "test object",
  },
  "POST /v1/istripe/account": {
    ask: () => ({ form: { email: "owner@example.com" }, path: "/v1/istripe/account" }),
    live: "ok",
  },
  "GET /v1/istripe/api_keys": { ask: () => ({ path: "/v1/istripe/api_keys" }), live: "ok" },
  "GET /v1/tokens/:token": {
    ask: ({ token }) => ({ path: `/v1/tokens/${token}` }),
    live: "test object",
  },
  "POST /v1/charges": {
    ask: () => ({
      form: { amount: 2000, currency: "usd", source: "tok_visa" },
      path: "/v1/charges",
    }),
    live: "no processor",
  },
  "POST /v1/customers": {
    ask: () => ({ form: { name: "Jenny Rosen" }, path: "/v1/customers" }),
    live: "ok",
  },
  "POST /v1/customers/:customer": {
    ask: ({ customer }) => ({ form: { name: "Jenny" }, path: `/v1/customers/${customer}` }),
    live: "test object",
  },
  "POST /v1/charges/:charge/capture": {
    ask: ({ held }) => ({ form: {}, path: `/v1/charges/${held}/capture` }),
    live: "no processor",
  },
  "POST /v1/istripe/ledger/verify": {
    ask: () => ({ form: {}, path: "/v1/istripe/ledger/verify" }),
    live: "ok",
  },
  "GET /v1/istripe/request_logs": {
    ask: () => ({ path: "/v1/istripe/request_logs" }),
    live: "ok",
  },
  // The log is written a moment after the answers, so the id is one that it never has.
  "GET /v1/istripe/request_logs/:id": {
    ask: () => ({ path: "/v1/istripe/request_logs/req_unknown" }),
    live: "unknown",
    test: 404,
  },
  "POST /v1/istripe/api_keys": {
    ask: () => ({ form: { name: "another" }, path: "/v1/istripe/api_keys" }),
    live: "ok",
  },
  "POST /v1/istripe/api_keys/:id/roll": {
    ask: ({ apiKey }) => ({ form: {}, path: `/v1/istripe/api_keys/${apiKey}/roll` }),
    live: "unknown",
  },
  "POST /v1/charges/:charge": {
    ask: ({ charge }) => ({ form: { description: "Coffee" }, path: `/v1/charges/${charge}` }),
    live: "test object",
  },
  "POST /v1/tokens": { ask: () => ({ form: card, path: "/v1/tokens" }), live: "ok" },
  "POST /v1/tokens/:token": {
    ask: ({ token }) => ({ form: { "metadata[seen]": "yes" }, path: `/v1/tokens/${token}` }),
    live: "test object",
  },
};
