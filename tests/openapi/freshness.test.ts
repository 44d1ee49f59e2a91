/**
 * The committed files that are written from declarations say what those say.
 */
import { readFileSync } from "node:fs";
import { openApiText } from "@istripe/server";
import { expect, test } from "vitest";
import { testCardPage } from "../support/test-card-page.ts";

test("openapi/istripe.json is fresh: run `npm run generate` when this fails", () => {
  expect(readFileSync("openapi/istripe.json", "utf8")).toBe(openApiText());
});

test("docs/test-cards.md is fresh: run `npm run generate` when this fails", () => {
  expect(readFileSync("docs/test-cards.md", "utf8")).toBe(testCardPage());
});
