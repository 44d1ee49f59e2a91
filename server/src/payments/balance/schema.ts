/**
 * The balance and its movements: what each charge, refund or payout does to an account's money, and the sums that
 * `GET /v1/balance` shows.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../../core/schema-builder.ts";
import { expandable, nullable, resource } from "../../core/serializer/types.ts";
import type { Resource, ShownAt } from "../../resource.ts";
import * as column from "../../store/table.ts";

const types = ["charge", "refund", "refund_failure"] as const;
type BalanceTransactionType = (typeof types)[number];

export const balanceTransactions = column.defineTable(
  "balance_transactions",
  {
    account_id: column.text,
    id: column.text,
    livemode: column.boolean,
    created: column.integer,
    position: column.integer,
    type: column.text as column.Column<BalanceTransactionType>,
    currency: column.text,
    amount: column.integer,
    fee: column.integer,
    available_on: column.integer,
    source: column.text,
    description: column.nullable(column.text),
  },
  { frequentValues: { type: ["charge"] } },
);
export type BalanceTransactionRow = column.Row<typeof balanceTransactions>;

const BalanceTransaction = resource({
  amount: Type.Integer(),
  available_on: Type.Integer(),
  balance_type: Type.Literal("payments"),
  created: Type.Integer(),
  currency: Type.String(),
  description: nullable(Type.String()),
  exchange_rate: nullable(Type.Number()),
  fee: Type.Integer(),
  fee_details: Type.Array(
    Type.Object({
      amount: Type.Integer(),
      application: nullable(Type.String()),
      currency: Type.String(),
      description: nullable(Type.String()),
      type: Type.Literal("stripe_fee"),
    }),
  ),
  id: Type.String(),
  net: Type.Integer(),
  object: Type.Literal("balance_transaction"),
  reporting_category: Type.String(),
  source: Type.Union([expandable("charge"), expandable("refund")]),
  status: Type.Union([Type.Literal("available"), Type.Literal("pending")]),
  type: Type.Union(types.map((type) => Type.Literal(type))),
});

export const balanceTransactionResource: Resource<typeof balanceTransactions> = {
  followsClock: true,
  expands: { source: { ch_: "charge", re_: "refund" } },
  idParameter: "id",
  name: "balance_transaction",
  noun: "balance transaction",
  present: presentBalanceTransaction,
  schema: BalanceTransaction,
  table: balanceTransactions,
};

function presentBalanceTransaction(
  row: BalanceTransactionRow,
  at: ShownAt,
): Static<typeof BalanceTransaction> {
  return {
    amount: row.amount,
    available_on: row.available_on,
    balance_type: "payments",
    created: row.created,
    currency: row.currency,
    description: row.description,
    exchange_rate: null,
    fee: row.fee,
    fee_details: row.fee === 0 ? [] : [feeDetail(row)],
    id: row.id,
    net: row.amount - row.fee,
    object: "balance_transaction",
    reporting_category: row.type,
    source: row.source,
    status: row.available_on <= at.now ? "available" : "pending",
    type: row.type,
  };
}

const feeDetail = (row: BalanceTransactionRow) => ({
  amount: row.fee,
  application: null,
  currency: row.currency,
  description: "Stripe processing fees",
  type: "stripe_fee" as const,
});

const Amounts = Type.Array(
  Type.Object({
    amount: Type.Integer(),
    currency: Type.String(),
    source_types: Type.Object({ card: Type.Integer() }),
  }),
);

export const Balance = resource({
  available: Amounts,
  livemode: Type.Boolean(),
  object: Type.Literal("balance"),
  pending: Amounts,
});
export type Balance = Static<typeof Balance>;
