/**
 * The OpenAPI document of the endpoints that are built: what openapi/istripe.json holds, and a test compares.
 */
import type { TObject } from "@sinclair/typebox";
import { versionOfRecord } from "../../core/api-versions.ts";
import type { Operation } from "../../operation.ts";
import { answerSchema } from "../compiled-operation.ts";
import { describeOperations } from "./describe-operations.ts";
import type { OpenApiDocument } from "./document.ts";

export const apiDocument = (operations: readonly Operation[]): OpenApiDocument =>
  describeOperations(
    operations.map((operation) => ({
      answer: answerSchema(operation),
      method: operation.method,
      parameters: operation.parameters as TObject,
      path: operation.path,
      permissions: operation.allow,
      summary: operation.summary,
    })),
    { version: versionOfRecord },
  );
