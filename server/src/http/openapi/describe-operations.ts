/**
 * Describes operations as an OpenAPI 3.1 document, from the same schemas that read their parameters and write their
 * answers. The same operations in any order give the same document, so that the committed file can be compared with it.
 */
import type { TObject, TSchema } from "@sinclair/typebox";
import { type Components, createComponents } from "./components.ts";
import { type JsonObject, type OpenApiDocument, sorted } from "./document.ts";
import { errorSchema } from "./error-schema.ts";
import { createLinks } from "./links.ts";
import { pathParametersOf, queryParametersOf, requestBodyOf, templateOf } from "./parameters.ts";

export interface DescribedOperation {
  readonly method: "GET" | "POST" | "DELETE";
  /** With `:name` for the parts that differ. */
  readonly path: string;
  readonly summary: string;
  readonly parameters: TObject;
  readonly answer: TSchema;
  /** The kinds of API key that may call it. */
  readonly permissions: readonly string[];
}

export interface DocumentFacts {
  /** The API version of record. */
  readonly version: string;
  /** Base URL; clients and tests override it. */
  readonly serverUrl?: string;
}

const defaultServerUrl = "http://127.0.0.1:4242";

/** @throws Error when two operations share method and path, or two different answers a name. */
export function describeOperations(
  operations: readonly DescribedOperation[],
  facts: DocumentFacts,
): OpenApiDocument {
  const components = createComponents();
  const links = createLinks(operations, operationIdOf);
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const operation of operations) {
    const template = templateOf(operation.path);
    const method = operation.method.toLowerCase();
    const methods = paths[template] ?? {};
    if (methods[method] !== undefined) {
      throw new Error(`${operation.method} ${operation.path} is described twice.`);
    }
    paths[template] = {
      ...methods,
      [method]: describe(operation, components, links.from(operation)),
    };
  }
  return sorted<OpenApiDocument>({
    components: {
      parameters: headers,
      responses: { error: errorResponse },
      schemas: { ...components.schemas(), error: errorSchema },
      securitySchemes,
    },
    info: {
      description:
        "Payment tokenization that speaks Stripe's wire. Generated from the server's schemas.",
      license: { identifier: "Apache-2.0", name: "Apache-2.0" },
      title: "iStripe API",
      version: facts.version,
    },
    openapi: "3.1.0",
    paths,
    security: [{ basicAuth: [] }, { bearerAuth: [] }],
    servers: [{ url: facts.serverUrl ?? defaultServerUrl }],
  });
}

function describe(
  operation: DescribedOperation,
  components: Components,
  links: JsonObject,
): JsonObject {
  const isPost = operation.method === "POST";
  return {
    operationId: operationIdOf(operation),
    parameters: [
      ...pathParametersOf(operation.path),
      ...(isPost ? [] : queryParametersOf(operation.parameters)),
      ...(isPost ? [headerReference("IdempotencyKey")] : []),
      headerReference("StripeVersion"),
    ],
    ...(isPost ? { requestBody: requestBodyOf(operation.parameters) } : {}),
    responses: {
      "200": {
        content: { "application/json": { schema: components.refer(operation.answer) } },
        description: "Done.",
        ...(Object.keys(links).length > 0 ? { links } : {}),
      },
      default: { $ref: "#/components/responses/error" },
    },
    summary: operation.summary,
    "x-permissions": [...operation.permissions].sort(),
  };
}

/** `PostTokensToken`, as Stripe names its own operations. */
function operationIdOf({ method, path }: Pick<DescribedOperation, "method" | "path">): string {
  const words = `${method.toLowerCase()}/${path.replace(/^\/v1\//, "")}`.split(/[/:_-]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

const headerReference = (name: keyof typeof headers): JsonObject => ({
  $ref: `#/components/parameters/${name}`,
});

const headers = {
  IdempotencyKey: {
    description: "The same key gives the same answer and one effect.",
    in: "header",
    name: "Idempotency-Key",
    required: false,
    schema: { maxLength: 255, minLength: 1, type: "string" },
  },
  StripeVersion: {
    in: "header",
    name: "Stripe-Version",
    required: false,
    schema: {
      pattern: "^20[12][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(\\.[a-z]{2,32})?$",
      type: "string",
    },
  },
} as const satisfies JsonObject;

const errorResponse: JsonObject = {
  content: { "application/json": { schema: { $ref: "#/components/schemas/error" } } },
  description: "Refused, declined or failed; the status and the type say which.",
};

const securitySchemes: JsonObject = {
  basicAuth: {
    description: "The API key as the user name, with an empty password.",
    scheme: "basic",
    type: "http",
  },
  bearerAuth: { description: "The API key.", scheme: "bearer", type: "http" },
};
