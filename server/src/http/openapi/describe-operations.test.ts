/**
 * The document is valid OpenAPI 3.1 as far as a strict structural reading can tell, says what the schemas say, and is
 * the same whatever the order of the operations.
 */

import { describe, expect, test } from "vitest";
import * as p from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { expandable, listOf, nullable, openMap, resource } from "../../core/serializer/types.ts";
import { type DescribedOperation, describeOperations } from "./describe-operations.ts";
import type { Json, JsonObject, OpenApiDocument } from "./document.ts";

const Card = resource({ id: Type.String(), last4: Type.String(), object: Type.Literal("card") });
const Charge = resource({
  amount: Type.Integer(),
  customer: nullable(expandable("customer")),
  id: Type.String(),
  metadata: openMap(),
  object: Type.Literal("charge"),
  source: Card,
});
const DeletedCharge = resource({
  deleted: Type.Literal(true),
  id: Type.String(),
  object: Type.Literal("charge"),
});

const retrieve: DescribedOperation = {
  answer: Charge,
  method: "GET",
  parameters: Type.Object({ expand: Type.Optional(p.expand()) }),
  path: "/v1/charges/:charge",
  permissions: ["secret", "publishable"],
  summary: "Retrieve a charge",
};
const operations: readonly DescribedOperation[] = [
  {
    answer: Charge,
    method: "POST",
    parameters: p.hash({
      amount: p.amount({ minimum: 1 }),
      card: Type.Optional(
        p.hash({ name: Type.Optional(p.clearable(p.text())), number: p.cardNumber() }),
      ),
      currency: p.currency(),
      expand: Type.Optional(p.expand()),
      metadata: Type.Optional(p.metadata()),
    }),
    path: "/v1/charges",
    permissions: ["secret"],
    summary: "Create a charge",
  },
  retrieve,
  {
    answer: listOf(Charge, "/v1/charges"),
    method: "GET",
    parameters: Type.Object({
      created: Type.Optional(p.range()),
      limit: Type.Optional(p.integer({ maximum: 100, minimum: 1 })),
    }),
    path: "/v1/charges",
    permissions: ["secret"],
    summary: "List charges",
  },
  {
    ...retrieve,
    answer: DeletedCharge,
    method: "DELETE",
    parameters: Type.Object({}),
    summary: "Delete a charge",
  },
];

const facts = { version: "2026-08-26.dahlia" };
const document = describeOperations(operations, facts);

type Visit = (object: JsonObject, path: string) => void;

function eachObject(value: Json, path: string, visit: Visit): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value as JsonObject, path);
  for (const [key, child] of Object.entries(value)) eachObject(child, `${path}/${key}`, visit);
}

const at = (from: Json, pointer: string): Json | undefined =>
  pointer
    .split("/")
    .slice(1)
    .reduce<Json | undefined>((value, key) => (value as JsonObject | undefined)?.[key], from);

/** Every described operation, with its template and method. */
function described(
  from: OpenApiDocument,
): { method: string; operation: JsonObject; template: string }[] {
  return Object.entries(from.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      operation: operation as JsonObject,
      template,
    })),
  );
}

const schemaKeys = new Set(
  "$ref additionalProperties anyOf const enum exclusiveMaximum exclusiveMinimum format items maxItems maxLength maxProperties maximum minItems minLength minimum pattern patternProperties properties propertyNames required type".split(
    " ",
  ),
);

function checkSchema(schema: Json, path: string): void {
  expect(schema, path).toBeTypeOf("object");
  const object = schema as JsonObject;
  for (const key of Object.keys(object))
    expect(schemaKeys.has(key) || key.startsWith("x-"), `${path}/${key}`).toBe(true);
  if (object["type"] !== undefined) {
    expect(["array", "boolean", "integer", "null", "number", "object", "string"]).toContain(
      object["type"],
    );
  }
  const properties = (object["properties"] ?? {}) as JsonObject;
  for (const name of (object["required"] ?? []) as string[])
    expect(Object.keys(properties), path).toContain(name);
  for (const [name, child] of Object.entries(properties)) checkSchema(child, `${path}/${name}`);
  for (const [index, child] of ((object["anyOf"] ?? []) as Json[]).entries())
    checkSchema(child, `${path}/${index}`);
  if (object["items"] !== undefined) checkSchema(object["items"], `${path}/items`);
}

/** The schemas of what an operation is sent. */
function schemasOf(operation: JsonObject): readonly Json[] {
  const body = operation["requestBody"] as JsonObject | undefined;
  const media = Object.values((body?.["content"] ?? {}) as JsonObject);
  return [...(operation["parameters"] as readonly Json[]), ...media]
    .map((one) => (one as JsonObject)["schema"])
    .filter((schema) => schema !== undefined);
}

describe("a strict reading", () => {
  test("has the members that OpenAPI 3.1 requires", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.info).toMatchObject({ title: expect.any(String), version: facts.version });
    for (const { method, operation, template } of described(document)) {
      expect(["delete", "get", "post"]).toContain(method);
      expect(template).toMatch(/^\/(?:[a-z0-9_]+|\{[a-z_]+\})(?:\/(?:[a-z0-9_]+|\{[a-z_]+\}))*$/);
      expect(operation["responses"]).toMatchObject({ "200": { description: expect.any(String) } });
    }
  });

  test("every reference leads to something in the document", () => {
    let count = 0;
    eachObject(document, "#", ({ $ref }, path) => {
      if ($ref === undefined) return;
      count += 1;
      expect(at(document, String($ref).slice(1)), path).toBeTypeOf("object");
    });
    expect(count).toBeGreaterThan(8);
  });

  test("path templates and path parameters name the same things, and operation ids are unique", () => {
    const ids = described(document).map(({ operation }) => operation["operationId"]);
    expect(new Set(ids).size).toBe(operations.length);
    for (const { operation, template } of described(document)) {
      const parameters = operation["parameters"] as readonly JsonObject[];
      const inPath = parameters.filter((one) => one["in"] === "path");
      expect(inPath.map((one) => `{${one["name"]}}`)).toEqual(template.match(/\{[^}]+\}/g) ?? []);
      for (const one of inPath) expect(one["required"]).toBe(true);
    }
  });

  test("every schema uses only the keywords of JSON Schema 2020-12 and requires only what it declares", () => {
    for (const [name, schema] of Object.entries(document.components.schemas))
      checkSchema(schema, name);
    for (const { operation, template } of described(document)) {
      for (const schema of schemasOf(operation)) checkSchema(schema, template);
    }
  });
});

describe("what it says", () => {
  const create = document.paths["/v1/charges"]?.["post"] as JsonObject;
  const content = (create["requestBody"] as JsonObject)["content"] as JsonObject;
  const form = content["application/x-www-form-urlencoded"] as JsonObject;

  test("a POST takes a form, with brackets for hashes and lists and for nothing else", () => {
    const deepObject = { explode: true, style: "deepObject" };
    expect(form["encoding"]).toEqual({
      card: deepObject,
      expand: deepObject,
      metadata: deepObject,
    });
    expect(form["schema"]).toMatchObject({
      additionalProperties: false,
      properties: {
        amount: { minimum: 1, type: "integer" },
        card: { additionalProperties: false, required: ["number"] },
      },
      required: ["amount", "currency"],
    });
  });

  test("a text that cannot be cleared is not empty, one that can may be", () => {
    const card = at(form["schema"] ?? null, "/properties/card/properties") as JsonObject;
    expect(card["number"]).toMatchObject({ minLength: 1 });
    expect(card["name"]).toMatchObject({ anyOf: [{ minLength: 1 }, { enum: [""] }] });
  });

  test("a GET takes its parameters in the query", () => {
    const list = document.paths["/v1/charges"]?.["get"] as JsonObject;
    expect(list["requestBody"]).toBeUndefined();
    expect(
      (list["parameters"] as JsonObject[]).filter((one) => one["in"] === "query"),
    ).toMatchObject([
      { explode: true, name: "created", required: false, style: "deepObject" },
      { name: "limit", required: false, style: "form" },
    ]);
  });

  test("answers are components by the name of the resource, with stubs and named resources of their own", () => {
    expect(Object.keys(document.components.schemas)).toEqual([
      "card",
      "charge",
      "customer",
      "deleted_charge",
      "error",
    ]);
    expect(at(document, "/components/schemas/charge/properties/source")).toEqual({
      $ref: "#/components/schemas/card",
    });
  });
});

describe("links", () => {
  const answerOf = (from: OpenApiDocument, path: string, method: string): JsonObject =>
    at(from.paths[path]?.[method] ?? null, "/responses/200") as JsonObject;

  test("what makes an object leads to everything that takes its id in the path", () => {
    expect(answerOf(document, "/v1/charges", "post")["links"]).toMatchObject({
      DeleteChargesCharge: { parameters: { "path.charge": "$response.body#/id" } },
      GetChargesCharge: { parameters: { "path.charge": "$response.body#/id" } },
    });
  });

  test("every link leads to an operation, and gives all ids of its path and nothing that it does not take", () => {
    const targets = new Map(
      described(document).map(({ operation }) => [operation["operationId"], operation] as const),
    );
    let count = 0;
    eachObject(document, "#", ({ links }, path) => {
      if (links === undefined) return;
      for (const link of Object.values(links as Readonly<Record<string, JsonObject>>)) {
        count += 1;
        const target = targets.get(link["operationId"] as string);
        const parameters = (target?.["parameters"] ?? []) as readonly JsonObject[];
        const inPath = parameters.filter((one) => one["in"] === "path");
        const given = Object.keys((link["parameters"] ?? {}) as JsonObject);
        const names = inPath.map((one) => `path.${one["name"]}`);
        expect(
          given.filter((name) => name.startsWith("path.")),
          path,
        ).toEqual(names);
      }
    });
    expect(count).toBeGreaterThan(1);
  });

  test("ids lead on through bodies, queries and the paths below, lists only to what nobody can make", () => {
    const token = resource({ id: Type.String(), object: Type.Literal("token") });
    const event = resource({ id: Type.String(), object: Type.Literal("event") });
    const own = { permissions: ["secret"], summary: "x" };
    const none = Type.Object({});
    const linked = describeOperations(
      [
        ...operations,
        { ...own, answer: token, method: "POST", parameters: none, path: "/v1/tokens" },
        {
          ...own,
          answer: Charge,
          method: "POST",
          parameters: Type.Object({ source: Type.Optional(Type.String()) }),
          path: "/v1/payments",
        },
        {
          ...own,
          answer: listOf(event, "/v1/events"),
          method: "GET",
          parameters: Type.Object({ charge: Type.Optional(Type.String()) }),
          path: "/v1/events",
        },
        { ...own, answer: event, method: "GET", parameters: none, path: "/v1/events/:id" },
        { ...own, answer: event, method: "POST", parameters: none, path: "/v1/events/:id/retry" },
      ],
      facts,
    );
    const from = (path: string, method: string) => answerOf(linked, path, method);
    expect(from("/v1/tokens", "post")).toHaveProperty("links.PostPayments", {
      operationId: "PostPayments",
      requestBody: { source: "$response.body#/id" },
    });
    expect(from("/v1/charges", "post")).toHaveProperty("links.GetEvents", {
      operationId: "GetEvents",
      parameters: { "query.charge": "$response.body#/id" },
    });
    expect(from("/v1/events", "get")).toHaveProperty("links", {
      GetEventsId: {
        operationId: "GetEventsId",
        parameters: { "path.id": "$response.body#/data/0/id" },
      },
      PostEventsIdRetry: {
        operationId: "PostEventsIdRetry",
        parameters: { "path.id": "$response.body#/data/0/id" },
      },
    });
    expect(from("/v1/charges", "get")).not.toHaveProperty("links");
  });
});

describe("determinism", () => {
  test("the order of the operations and of their keys changes nothing", () => {
    const reversed = [...operations].reverse().map((operation) => ({
      ...operation,
      parameters: Type.Object(
        Object.fromEntries(Object.entries(operation.parameters.properties).reverse()),
      ),
    }));
    expect(JSON.stringify(describeOperations(reversed, facts))).toBe(JSON.stringify(document));
  });

  test("two operations of one route, and two answers of one name, are refused", () => {
    expect(() => describeOperations([retrieve, retrieve], facts)).toThrow("described twice");
    const other = resource({ id: Type.Integer(), object: Type.Literal("charge") });
    const clash = { ...retrieve, answer: other, path: "/v1/others/:id" };
    expect(() => describeOperations([retrieve, clash], facts)).toThrow("called charge");
  });
});
