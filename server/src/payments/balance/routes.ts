/**
 * The endpoints of the balance and its transactions.
 */

import { currency, expand, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { listParameters } from "../../listing.ts";
import { list, type Operation, plain } from "../../operation.ts";
import { retrieveOperation } from "../../reading.ts";
import { listBalanceTransactions } from "./list.ts";
import { retrieveBalance } from "./retrieve.ts";
import { Balance, balanceTransactionResource } from "./schema.ts";
import { LedgerReportShown, presentReport } from "./verify/report-object.ts";
import { verifyLedger } from "./verify/verify.ts";

export const balanceOperations: readonly Operation[] = [
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    path: "/v1/balance",
    permission: "balance",
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
    permission: "balance_transaction",
    resource: balanceTransactionResource,
    run: listBalanceTransactions,
    summary: "List balance transactions, newest first",
    unbuilt: ["payout"],
  }),
  retrieveOperation(balanceTransactionResource, {
    path: "/v1/balance_transactions/:id",
    permission: "balance_transaction",
    summary: "Retrieve a balance transaction",
  }),
  plain({
    allow: ["secret"],
    method: "POST",
    parameters: Type.Object({}),
    path: "/v1/istripe/ledger/verify",
    permission: undefined,
    run: async (context) => {
      const report = await verifyLedger(context.database.committed, context);
      return context.finish(async () => presentReport(report));
    },
    schema: LedgerReportShown,
    summary: "Recompute the ledger from zero and compare (iStripe's own)",
  }),
];
