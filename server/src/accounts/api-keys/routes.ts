/**
 * iStripe's own endpoints for API keys, which Stripe has in its dashboard only.
 */

import { hash, integer, oneOf, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { listOf } from "../../core/serializer/types.ts";
import { type Operation, permissionNames, plain } from "../../operation.ts";
import { ApiKey, NewApiKey } from "./key-object.ts";
import { listKeys, makeKey, rollKey } from "./manage.ts";

const path = "/v1/istripe/api_keys";
/** Of a rolled key: it may go on working for this long. */
const graceSecondsMax = 7 * 24 * 3600;

const access = () => Type.Optional(oneOf(["none", "read", "write"]));

export const apiKeyOperations: readonly Operation[] = [
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({
      limit: Type.Optional(integer({ maximum: 100, minimum: 1 })),
      starting_after: Type.Optional(text()),
    }),
    path,
    permission: undefined,
    run: async (context, parameters) => {
      const { data, hasMore } = await listKeys(context, parameters);
      return { data, has_more: hasMore, object: "list" as const, url: path };
    },
    schema: listOf(ApiKey, path),
    summary: "List API keys (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    holdsSecret: true,
    method: "POST",
    parameters: Type.Object({
      kind: Type.Optional(oneOf(["secret", "publishable", "restricted"])),
      name: Type.Optional(text({ maxLength: 100 })),
      permissions: Type.Optional(
        hash(Object.fromEntries(permissionNames.map((name) => [name, access()]))),
      ),
    }),
    path,
    permission: undefined,
    run: (context, parameters) => makeKey(context, parameters),
    schema: NewApiKey,
    summary: "Make an API key; its text is shown this once (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    holdsSecret: true,
    method: "POST",
    parameters: Type.Object({
      expires_in: Type.Optional(integer({ maximum: graceSecondsMax, minimum: 0 })),
    }),
    path: `${path}/:id/roll`,
    permission: undefined,
    run: (context, parameters, id) => rollKey(context, id, parameters.expires_in ?? 0),
    schema: NewApiKey,
    summary: "Replace an API key by a new one of the same kind (iStripe's own)",
  }),
];
