/**
 * Card data does not outlive its request in the received bytes, whichever way the request ends.
 */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { operations, resources } from "../api.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../testing/platform.ts";
import { compileOperation } from "./compiled-operation.ts";
import { createDispatch } from "./dispatch.ts";
import { createRememberedPages } from "./remembered-pages.ts";

let platform: TestPlatform;
beforeAll(async () => {
  const [engine = expect.fail()] = testEngines(inject("postgresUrl"));
  platform = await openTestPlatform(engine);
});
afterAll(() => platform.release());

const number = "4242424242424242";
const form = `card[number]=${number}&card[exp_month]=12&card[exp_year]=2030&card[cvc]=123`;

test.each([
  [
    "a token that is made",
    { kind: "secret", status: 200, type: "application/x-www-form-urlencoded" },
  ],
  ["a key that may not call", { kind: "publishable", path: "/v1/charges", status: 403 }],
  ["a body of another type", { kind: "secret", status: 400, type: "application/json" }],
  ["a parameter that is unknown", { extra: "&nonsense=1", kind: "secret", status: 400 }],
] as const)("after %s the received body holds no digit of the number", async (_, about) => {
  const dispatch = createDispatch({
    authenticate: async () => ({
      ...platform.scope,
      kind: about.kind,
      permissions: null,
      shownKey: "",
    }),
    pages: createRememberedPages(),
    checkRate: () => undefined,
    onFault: (_id, error) => {
      throw error;
    },
    platform,
    requestLogUrl: () => undefined,
    resources,
  });
  const path = "path" in about ? about.path : "/v1/tokens";
  const operation = operations.find((each) => each.method === "POST" && each.path === path);
  if (operation === undefined) throw new Error("the operation is gone");
  const body = Buffer.from(form + ("extra" in about ? about.extra : ""));
  const type = "type" in about ? about.type : undefined;
  const answer = await dispatch(compileOperation(operation), {
    body,
    clientIp: null,
    header: (name) => (name === "content-type" ? type : undefined),
    ids: [],
    path,
    query: "",
  });
  expect(answer.status).toBe(about.status);
  expect(body.toString("latin1")).not.toContain("4242");
  expect(body.every((byte) => byte === 0)).toBe(true);
});
