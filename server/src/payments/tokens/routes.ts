/**
 * The endpoints of tokens. Creating one is open to publishable keys, because a browser does it.
 */
import { Type } from "../../core/schema-builder.ts";
import { type Operation, plain, single } from "../../operation.ts";
import { retrieveOperation } from "../../reading.ts";
import { deletedSchema } from "../../resource.ts";
import { createToken } from "./create.ts";
import { deleteToken } from "./delete.ts";
import { CreateToken, tokenResource, UpdateToken } from "./schema.ts";
import { updateToken } from "./update.ts";

export const tokenOperations: readonly Operation[] = [
  single({
    allow: ["secret", "publishable"],
    method: "POST",
    parameters: CreateToken,
    path: "/v1/tokens",
    permission: "token",
    resource: tokenResource,
    run: (context, parameters) => createToken(context, parameters),
    summary: "Seal a card and answer with a single-use token",
    unbuilt: ["account", "bank_account", "customer", "cvc_update", "person", "pii"],
  }),
  retrieveOperation(tokenResource, {
    path: "/v1/tokens/:token",
    permission: "token",
    summary: "Retrieve a token",
  }),
  single({
    allow: ["secret"],
    method: "POST",
    parameters: UpdateToken,
    path: "/v1/tokens/:token",
    permission: "token",
    resource: tokenResource,
    run: updateToken,
    summary:
      "Change the expiry, name, billing address or metadata of an unused token (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "DELETE",
    parameters: Type.Object({}),
    path: "/v1/tokens/:token",
    permission: "token",
    run: (context, _, id) => deleteToken(context, id),
    schema: deletedSchema("token"),
    summary: "Delete an unused token and destroy its card (iStripe's own)",
  }),
];
