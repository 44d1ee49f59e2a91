/**
 * Every type that the official library lets an integration ask for can be asked for here, and iStripe's own are told to
 * nobody who did not name them.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventTypes } from "../../core/events.ts";
import { enabledEventNames, isEnabled } from "./event-types.ts";

const ownTypes = enabledEventNames.filter((name) => name.startsWith("istripe."));
const library = dirname(createRequire(import.meta.url).resolve("stripe"));

/** The names in the type that the library declares for the parameter. */
function namesInLibrary(): string[] {
  const declared = readFileSync(join(library, "resources/WebhookEndpoints.d.ts"), "utf8");
  const [, names = ""] = /type EnabledEvent = ([^;]*);/.exec(declared) ?? [];
  return [...names.matchAll(/'([^']+)'/g)].map(([, name = ""]) => name);
}

test("what may be asked for is what the official library knows, and iStripe's own", () => {
  const known = namesInLibrary();
  expect(known.length).toBeGreaterThan(200);
  expect(enabledEventNames.toSorted()).toEqual([...known, ...ownTypes].toSorted());
  expect(ownTypes).toEqual(["istripe.webhook_endpoint.disabled"]);
  expect(new Set(enabledEventNames).size).toBe(enabledEventNames.length);
});

test("whatever iStripe sends can be asked for", () => {
  for (const type of eventTypes) expect(enabledEventNames).toContain(type);
});

describe("an endpoint is told", () => {
  test("of what it named and of nothing else", () => {
    expect(isEnabled(["charge.succeeded"], "charge.succeeded")).toBe(true);
    expect(isEnabled(["charge.succeeded"], "charge.succeeded2")).toBe(false);
    expect(isEnabled(["charge.succeeded"], "charge.failed")).toBe(false);
    expect(isEnabled([], "charge.failed")).toBe(false);
  });

  test("of everything of Stripe's by *, and of iStripe's own only by name", () => {
    expect(isEnabled(["*"], "charge.failed")).toBe(true);
    for (const own of ownTypes) {
      expect(isEnabled(["*"], own)).toBe(false);
      expect(isEnabled(["*", own], own)).toBe(true);
    }
  });
});
