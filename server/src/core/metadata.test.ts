/**
 * Metadata merges key by key.
 */
import { expect, test } from "vitest";
import { mergeMetadata } from "./metadata.ts";

test("given keys are set, empty ones removed, the others stay", () => {
  expect(mergeMetadata({ a: "1", b: "2", c: "3" }, { a: "9", b: "" })).toEqual({ a: "9", c: "3" });
});

test("null removes all, undefined changes nothing", () => {
  expect(mergeMetadata({ a: "1" }, null)).toEqual({});
  expect(mergeMetadata({ a: "1" }, undefined)).toEqual({ a: "1" });
});
