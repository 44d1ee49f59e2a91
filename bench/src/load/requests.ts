/**
 * What is asked of a server, and what a true answer looks like. Requests are made as text, once each, because the load
 * generator must cost less than what it measures; answers are checked against what was asked, so that a server which
 * answers fast and wrong has no row in the table.
 */
import { randomUUID } from "node:crypto";

export const operationNames = ["tokens", "charge", "get", "list", "page"] as const;
export type OperationName = (typeof operationNames)[number];

/** A server as the load generator knows it. */
export interface Target {
  /** Tells the charges stored in one server from those in another. */
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly secretKey: string;
  /** What names the card in a charge, such as `source=tok_visa`. */
  readonly payer: string;
  /** A canned answer has the right shape and nothing else; only that is asked of it. */
  readonly isCanned: boolean;
}

/** The charges that a server holds, by position, and its customers. */
export interface StoredCharges {
  readonly ids: string[];
  readonly amounts: number[];
  readonly customers: string[];
}

export interface Request {
  readonly text: string;
  /** The charge that it is about, or null when it makes something new. */
  readonly id: string | null;
  /** Minor units. */
  readonly amount: number;
  /** What it makes, where that is not the same for all requests of the operation. */
  readonly kind?: "charge" | "customer" | "refund";
}

export interface Operation {
  next(): Request;
  /** @throws Error when the answer is not the one to this request. */
  check(answer: unknown, request: Request): void;
}

type Make = (target: Target, stored: StoredCharges) => Operation;

/** How many a page holds: Stripe's default. */
const pageSize = 10;

const makers: Readonly<Record<OperationName, Make>> = {
  charge: (target) => {
    const nextAmount = amounts();
    return {
      check: (answer, { amount }) => {
        expectField(answer, "object", "charge");
        if (!target.isCanned) expectField(answer, "amount", amount);
        expectId(answer, "ch_");
      },
      next: () => {
        const amount = nextAmount();
        const form = `amount=${amount}&currency=usd&${target.payer}`;
        return { amount, id: null, text: post(target, "/v1/charges", form) };
      },
    };
  },
  get: (target, stored) => ({
    check: (answer, { id, amount }) => {
      expectField(answer, "object", "charge");
      if (target.isCanned) return;
      expectField(answer, "id", id);
      expectField(answer, "amount", amount);
    },
    next: () => {
      const { id, amount } = anyOf(target, stored, 0);
      return { amount, id, text: get(target, `/v1/charges/${id}`) };
    },
  }),
  list: (target) => ({
    check: (answer) => {
      const { size } = chargesOf(answer);
      if (!target.isCanned && size !== pageSize)
        throw new Error(`The first page should hold ${pageSize} charges and holds ${size}.`);
    },
    next: () => ({ amount: 0, id: null, text: get(target, `/v1/charges?limit=${pageSize}`) }),
  }),
  // Another page each time, so that nothing of the answer can be remembered.
  page: (target, stored) => ({
    check: (answer, { id }) => {
      const ids = chargesOf(answer);
      if (target.isCanned) return;
      if (ids.size === pageSize && id !== null && !ids.has(id)) return;
      throw new Error(`A page after ${id} should hold ${pageSize} other charges: ${[...ids]}`);
    },
    next: () => {
      // Newest first: the pages after the oldest ones would be short.
      const { id, amount } = anyOf(target, stored, pageSize);
      const path = `/v1/charges?limit=${pageSize}&starting_after=${id}`;
      return { amount, id, text: get(target, path) };
    },
  }),
  tokens: (target) => {
    const expiryYear = new Date().getUTCFullYear() + 4;
    const form = `card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=${expiryYear}&card[cvc]=314`;
    const text = post(target, "/v1/tokens", form.replaceAll("[", "%5B").replaceAll("]", "%5D"));
    return {
      check: (answer) => {
        expectField(answer, "object", "token");
        expectId(answer, "tok_");
        const { card } = answer as { card: unknown };
        if (!target.isCanned) expectField(card, "last4", "4242");
      },
      next: () => ({ amount: 0, id: null, text }),
    };
  },
};

/** What a store is filled with; the mixture is for lists and searches that need something to find. */
export type FillName = "charge" | "mixture";

/** @param stored is read by `get` and `list` as it stands at each request. */
export const makeOperation = (
  name: OperationName,
  target: Target,
  stored: StoredCharges,
): Operation => makers[name](target, stored);

/** Amounts of four digits, so that each charge can be told from its neighbours and all forms are of one length. */
function amounts(): () => number {
  let count = 0;
  return () => {
    count = (count + 1) % 9000;
    return 1000 + count;
  };
}

function anyOf(
  target: Target,
  stored: StoredCharges,
  from: number,
): { readonly id: string; readonly amount: number } {
  if (target.isCanned) return { amount: 0, id: "ch_123" };
  const at = from + Math.floor(Math.random() * (stored.ids.length - from));
  const id = stored.ids[at];
  const amount = stored.amounts[at];
  if (id === undefined || amount === undefined) throw new Error("No charge is stored to ask for.");
  return { amount, id };
}

const get = (target: Target, path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${target.secretKey}\r\n\r\n`;

/** Every request but a token's has a key of its own, random as the SDKs' are: one that sorts would flatter the index. */
export const post = (target: Target, path: string, form: string): string =>
  path === "/v1/tokens" ? postText(target, path, form) : withKey(postText(target, path, form));

const postText = (target: Target, path: string, form: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${target.secretKey}\r\n` +
  `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`;

const withKey = (text: string): string =>
  text.replace("\r\n", `\r\nIdempotency-Key: ${randomUUID()}\r\n`);

/** The ids on a page of charges. */
function chargesOf(answer: unknown): ReadonlySet<string> {
  expectField(answer, "object", "list");
  const { data } = answer as { data: readonly { readonly id: string }[] };
  for (const charge of data) expectField(charge, "object", "charge");
  return new Set(data.map((charge) => charge.id));
}

export function expectField(answer: unknown, field: string, expected: unknown): void {
  const found = (answer as Readonly<Record<string, unknown>>)[field];
  if (found !== expected)
    throw new Error(`An answer's ${field} is ${String(found)} and should be ${String(expected)}.`);
}

export function expectId(answer: unknown, prefix: string): void {
  const { id } = answer as { id?: unknown };
  if (typeof id !== "string" || !id.startsWith(prefix))
    throw new Error(`An answer's id is ${String(id)} and should begin with ${prefix}.`);
}
