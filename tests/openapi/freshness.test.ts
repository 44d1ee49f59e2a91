/**
 * The committed OpenAPI file is what the server's declarations say.
 */
import { readFileSync } from "node:fs";
import { openApiText } from "@istripe/server";
import { expect, test } from "vitest";

test("openapi/istripe.json is fresh: run `npm run generate` when this fails", () => {
  expect(readFileSync("openapi/istripe.json", "utf8")).toBe(openApiText());
});
