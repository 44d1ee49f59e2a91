/**
 * A record of the request log as iStripe's own endpoints show it.
 */
import type { Static } from "@sinclair/typebox";
import { Type } from "../core/schema-builder.ts";
import { nullable, resource, unknown } from "../core/serializer/types.ts";
import type { RequestLogRow } from "./schema.ts";

export const RequestLogObject = resource({
  answer: unknown(),
  api_key: Type.String(),
  api_version: nullable(Type.String()),
  client_ip: nullable(Type.String()),
  created: Type.Integer(),
  duration_ms: Type.Number(),
  error_code: nullable(Type.String()),
  error_message: nullable(Type.String()),
  error_type: nullable(Type.String()),
  id: Type.String(),
  idempotency_key: nullable(Type.String()),
  livemode: Type.Boolean(),
  method: Type.String(),
  object: Type.Literal("istripe.request_log"),
  parameters: unknown(),
  path: Type.String(),
  status: Type.Integer(),
  user_agent: nullable(Type.String()),
});

export const presentRequestLog = (row: RequestLogRow): Static<typeof RequestLogObject> => ({
  answer: row.answer,
  api_key: row.api_key,
  api_version: row.api_version,
  client_ip: row.client_ip,
  created: row.created,
  duration_ms: row.duration_us / 1000,
  error_code: row.error_code,
  error_message: row.error_message,
  error_type: row.error_type,
  id: row.id,
  idempotency_key: row.idempotency_key,
  livemode: row.livemode,
  method: row.method,
  object: "istripe.request_log",
  parameters: row.parameters,
  path: row.path,
  status: row.status,
  user_agent: row.user_agent,
});
