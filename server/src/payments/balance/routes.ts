/**
 * The endpoints of the balance and its transactions.
 */
import { Type } from "@sinclair/typebox";
import { currency, expand, text } from "../../core/parameters.ts";
import { listParameters, listRows } from "../../listing.ts";
import { list, type Operation, plain, single } from "../../operation.ts";
import { retrieve } from "../../resource.ts";
import { retrieveBalance } from "./retrieve.ts";
import { Balance, balanceTransactionResource } from "./schema.ts";

const expandOnly = Type.Object({ expand: Type.Optional(expand()) });

export const balanceOperations: readonly Operation[] = [
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: expandOnly,
    path: "/v1/balance",
    run: (context) => retrieveBalance(context),
    schema: Balance,
    summary: "Retrieve the balance",
  }),
  list({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({
      ...listParameters,
      currency: Type.Optional(currency()),
      source: Type.Optional(text()),
      type: Type.Optional(text()),
    }),
    path: "/v1/balance_transactions",
    resource: balanceTransactionResource,
    run: (context, parameters) =>
      listRows(context.database.committed, balanceTransactionResource, {
        filters: {
          currency: parameters.currency,
          source: parameters.source,
          type: parameters.type,
        },
        parameters,
        scope: context,
      }),
    summary: "List balance transactions, newest first",
    unbuilt: ["payout"],
  }),
  single({
    allow: ["secret"],
    method: "GET",
    parameters: expandOnly,
    path: "/v1/balance_transactions/:id",
    resource: balanceTransactionResource,
    run: (context, _, id) =>
      retrieve(context.database.committed, balanceTransactionResource, {
        named: { id, in: "url" },
        scope: context,
      }),
    summary: "Retrieve a balance transaction",
  }),
];
