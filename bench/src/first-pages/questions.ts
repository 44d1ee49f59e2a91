/**
 * The lists and searches whose first pages must be fast in a large store: every filter that Stripe documents for what
 * iStripe has, with frequent, rare and absent values, and each kind of search. Each is asked with other values or
 * another page size every time, so that no answer can be a remembered one.
 */
import type { Known } from "./known.ts";

export interface Question {
  readonly name: string;
  /** Whether the store holds something that it asks for. */
  readonly finds: boolean;
  /** @param turn counts from 0. @returns path and query. */
  path(known: Known, turn: number): string;
}

/** @param parameters alternately names and values. */
const list =
  (path: string, parameters: (known: Known, turn: number) => readonly string[] = () => []) =>
  (known: Known, turn: number): string => {
    const asked = new URLSearchParams({ limit: String(10 + (turn % 20)) });
    const given = parameters(known, turn);
    for (let at = 0; at < given.length; at += 2) asked.append(given[at] ?? "", given[at + 1] ?? "");
    return `/v1/${path}?${asked}`;
  };

const anyOf = <T>(values: readonly T[], turn: number): T => {
  const value = values[turn % values.length];
  if (value === undefined) throw new Error("There is nothing to choose from.");
  return value;
};

/** A second of the fill, another each turn. */
const second = ({ newest, oldest }: Known, turn: number): number =>
  oldest + Math.floor(((newest - oldest) * ((turn * 7) % 20)) / 20);

type Parameters = (known: Known, turn: number) => readonly string[];
type Asked = readonly [name: string, parameters: Parameters, finds?: "nothing"];

const fixed =
  (...parameters: string[]): Parameters =>
  () =>
    parameters;

const questionsOf = (path: string, asked: readonly Asked[]): readonly Question[] =>
  asked.map(([name, parameters, finds]) => ({
    finds: finds !== "nothing",
    name: `${path} ${name}`,
    path: list(path, parameters),
  }));

const lists: readonly Question[] = [
  ...questionsOf("charges", [
    ["plain", fixed()],
    ["customer", ({ customers }, turn) => ["customer", anyOf(customers, turn).id]],
    ["payment_intent, absent", fixed("payment_intent", "pi_0000000000000000"), "nothing"],
    [
      "transfer_group",
      ({ transferGroups }, turn) => ["transfer_group", anyOf(transferGroups, turn)],
    ],
    ["created[gte]", (known, turn) => ["created[gte]", String(second(known, turn))]],
    ["created[lte]", (known, turn) => ["created[lte]", String(second(known, turn) + 1)]],
  ]),
  ...questionsOf("balance_transactions", [
    ["plain", fixed()],
    ["type, frequent", fixed("type", "charge")],
    ["type, rare", fixed("type", "refund")],
    ["type, absent", fixed("type", "refund_failure"), "nothing"],
    ["currency, frequent", fixed("currency", "usd")],
    ["currency, rare", fixed("currency", "eur")],
    ["currency, absent", fixed("currency", "jpy"), "nothing"],
    ["type and currency, absent", fixed("type", "refund", "currency", "jpy"), "nothing"],
    ["source, charge", ({ charges }, turn) => ["source", anyOf(charges, turn)]],
    ["source, refund", ({ refunds }, turn) => ["source", anyOf(refunds, turn).id]],
    ["created[gte]", (known, turn) => ["created[gte]", String(second(known, turn))]],
  ]),
  ...questionsOf("refunds", [
    ["plain", fixed()],
    ["charge", ({ refunds }, turn) => ["charge", anyOf(refunds, turn).charge]],
  ]),
  ...questionsOf("customers", [
    ["plain", fixed()],
    ["email", ({ customers }, turn) => ["email", anyOf(customers, turn).email]],
    ["email, absent", fixed("email", "nobody@example.com"), "nothing"],
  ]),
  ...questionsOf("events", [
    ["plain", fixed()],
    ["type, frequent", fixed("type", "charge.succeeded")],
    ["type, rare", fixed("type", "customer.created")],
    ["type, absent", fixed("type", "charge.expired"), "nothing"],
    ["type of a kind", fixed("type", "customer.*")],
    ["types, rare", fixed("types[]", "customer.created", "types[]", "charge.refunded")],
    ["types, absent", fixed("types[]", "charge.expired", "types[]", "refund.failed"), "nothing"],
    ["created[gte]", (known, turn) => ["created[gte]", String(second(known, turn))]],
  ]),
];

type Query = (known: Known, turn: number) => string;
type Searched = readonly [query: Query, name?: string | undefined, finds?: "nothing"];

const searchesOf = (path: string, searched: readonly Searched[]): readonly Question[] =>
  searched.map(([query, name, finds]) => ({
    finds: finds !== "nothing",
    name: `${path}/search ${name ?? query(nobody, 0)}`,
    path: list(`${path}/search`, (known, turn) => ["query", query(known, turn)]),
  }));

/** For the names of queries that name nothing of the store. */
const nobody: Known = {
  charges: [""],
  customers: [{ email: "", id: "", name: "" }],
  newest: 0,
  oldest: 0,
  orders: [""],
  refunds: [{ charge: "", id: "" }],
  transferGroups: [""],
};

const searches: readonly Question[] = [
  ...searchesOf("charges", [
    [() => 'status:"succeeded"'],
    [() => 'status:"failed"', undefined, "nothing"],
    [() => '-status:"succeeded"', undefined, "nothing"],
    [() => "amount>9000"],
    [() => "amount>9990 AND amount<9995"],
    [() => "amount>20000", undefined, "nothing"],
    [({ orders }, turn) => `metadata["order"]:"${anyOf(orders, turn)}"`, 'metadata["order"]:"…"'],
    [() => '-metadata["order"]:null'],
    [() => 'metadata["order"]:"none"', undefined, "nothing"],
    [({ customers }, turn) => `customer:"${anyOf(customers, turn).id}"`, 'customer:"…"'],
    [() => 'currency:"eur" AND amount>5000'],
    [() => 'currency:"eur" OR refunded:"false"'],
    [() => '-currency:"usd"'],
    [() => 'payment_method_details.card.last4:"4242" AND status:"succeeded"'],
    [
      (known, turn) => `created>${second(known, turn) - 1} AND created<${second(known, turn) + 2}`,
      "created>… AND created<…",
    ],
    [
      (known, turn) => `currency:"eur" AND created<${second(known, turn) + 5}`,
      'currency:"eur" AND created<…',
    ],
  ]),
  ...searchesOf("customers", [
    [({ customers }, turn) => `email:"${anyOf(customers, turn).email}"`, 'email:"…"'],
    [({ customers }, turn) => `email~"${anyOf(customers, turn).email.slice(2, -12)}"`, 'email~"…"'],
    [() => 'name~"cast"'],
    [() => 'name:"amy" AND email~"bauer"'],
    [() => 'name~"zzz"', undefined, "nothing"],
    [() => 'metadata["plan"]:"plan_3"'],
    [() => 'metadata["plan"]:"plan_3" AND name~"grace"'],
    [() => 'name~"amy" OR name~"hugo"'],
    [() => '-name:"amy"'],
    [(known, turn) => `created>${second(known, turn)}`, "created>…"],
  ]),
];

export const questions: readonly Question[] = [...lists, ...searches];
