/**
 * The endpoints of the account that a key belongs to.
 */

import { expand } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { type Operation, plain } from "../../operation.ts";
import { Account, presentAccount } from "./account-object.ts";
import { accounts } from "./schema.ts";
import { UpdateAccount, updateAccount } from "./update.ts";

export const accountOperations: readonly Operation[] = [
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({ expand: Type.Optional(expand()) }),
    path: "/v1/account",
    permission: "account",
    run: async ({ accountId, database }) => {
      const row = await database.committed.get(accounts, { account_id: accountId });
      if (row === undefined) throw new Error("a key belongs to an account that does not exist");
      return presentAccount(row);
    },
    schema: Account,
    summary: "Retrieve the account of the key",
  }),
  plain({
    allow: ["secret"],
    method: "POST",
    parameters: UpdateAccount,
    path: "/v1/istripe/account",
    permission: "account",
    run: updateAccount,
    schema: Account,
    summary: "Change the settings of the key's account (iStripe's own)",
  }),
];
