/** What Stripe has and iStripe has not is recognised by its path, and never taken for something that iStripe has. */
import { describe, expect, test } from "vitest";
import { operations } from "../api.ts";
import { knownRouteOf, knownRoutes } from "./unbuilt-routes.ts";

const shape = (path: string): string => path.replaceAll(/:\w+/g, ":id");
const asked = (path: string): string => path.replaceAll(/:\w+/g, "thing_1");
const built = new Set(operations.map(({ method, path }) => `${method} ${shape(path)}`));

describe("each of Stripe's routes", () => {
  test.each(knownRoutes().map(({ method, path }) => [method, path] as const))(
    "%s %s",
    (method, path) => {
      expect(knownRouteOf(method, asked(path))?.path).toBe(path);
      if (built.has(`${method} ${shape(path)}`)) return;
      // The server looks among what it has first, where an id may be any word.
      for (const operation of operations.filter((each) => each.method === method)) {
        const pattern = new RegExp(`^${operation.path.replaceAll(/:\w+/g, "[^/]+")}$`);
        expect([operation.path, pattern.test(asked(path))]).toEqual([operation.path, false]);
      }
    },
  );
});

test.each([
  ["GET", "/v1/credit_notes/preview", "/v1/credit_notes/preview"],
  ["GET", "/v1/credit_notes/cn_1", "/v1/credit_notes/:id"],
  ["GET", "/v1/credit_notes/", undefined],
  ["GET", "/v1/credit_notes/cn_1/", undefined],
  ["PUT", "/v1/credit_notes/cn_1", undefined],
  ["GET", "/v1/credit_note", undefined],
  ["GET", "/", undefined],
  ["GET", "", undefined],
])("%s %j is %j", (method, path, route) => {
  expect(knownRouteOf(method, path)?.path).toBe(route);
});
