/**
 * iStripe's own endpoints for the request log, which Stripe has in its dashboard only.
 */

import { integer, oneOf, range, text } from "../core/parameters.ts";
import { Type } from "../core/schema-builder.ts";
import { listOf } from "../core/serializer/types.ts";
import { type Operation, plain } from "../operation.ts";
import { presentRequestLog, RequestLogObject } from "./log-object.ts";
import { findRecord, listRecords, statusClasses } from "./read.ts";
import { requestLogPath as path } from "./url.ts";

export const requestLogOperations: readonly Operation[] = [
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({
      created: Type.Optional(range()),
      limit: Type.Optional(integer({ maximum: 100, minimum: 1 })),
      method: Type.Optional(oneOf(["GET", "POST", "DELETE"])),
      path: Type.Optional(text()),
      starting_after: Type.Optional(text()),
      status_class: Type.Optional(oneOf(statusClasses)),
    }),
    path,
    permission: undefined,
    run: async (context, parameters) => {
      const { hasMore, rows } = await listRecords(context, parameters);
      return {
        data: rows.map(presentRequestLog),
        has_more: hasMore,
        object: "list" as const,
        url: path,
      };
    },
    schema: listOf(RequestLogObject, path),
    summary: "List the requests of the log (iStripe's own)",
  }),
  plain({
    allow: ["secret"],
    method: "GET",
    parameters: Type.Object({}),
    path: `${path}/:id`,
    permission: undefined,
    run: async (context, _, id) => presentRequestLog(await findRecord(context, id)),
    schema: RequestLogObject,
    summary: "Retrieve a request of the log (iStripe's own)",
  }),
];
