/**
 * The files of scenarios: every one can be read, every event that the server sends has one, and a mistake in a file is
 * named.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadScenario, readScenario, scenarioFolder, scenarioNames } from "./scenario.ts";

/** In the server's list, but nothing that it does today sends them. */
const neverSent = ["charge.pending"];

it("there is a readable file for every event that the server sends, and no other", () => {
  const table = join(import.meta.dirname, "../../../server/src/core/events.ts");
  const sent = [...readFileSync(table, "utf8").matchAll(/^ {2}"([a-z_.]+)",$/gm)].map(
    ([, type]) => type,
  );
  expect(sent.length).toBeGreaterThan(10);
  const scenarios = scenarioNames().map(loadScenario);
  expect(scenarios.map(({ event }) => event)).toEqual(
    sent.filter((type) => type !== undefined && !neverSent.includes(type)).toSorted(),
  );
  expect(readdirSync(scenarioFolder).filter((file) => !file.endsWith(".json"))).toEqual([]);
});

describe("a file is refused that", () => {
  const step = { method: "POST", name: "charge", parameters: { amount: 5 }, path: "/v1/charges" };
  const good = { about: "It is.", event: "a.b", object: `\${charge.id}`, steps: [step] };

  it("is not needed to be refused when nothing is wrong with it", () => {
    expect(readScenario("a.b", JSON.stringify(good))).toEqual({ ...good, withinSeconds: 10 });
  });

  const withStep = (change: object) => ({ ...good, steps: [{ ...step, ...change }] });
  it.each([
    ["is no JSON", "{", "is no JSON"],
    ["is no object", [], "must hold an object"],
    ["has an unknown field", { ...good, step: [] }, "has the field step"],
    ["is of another event", { ...good, event: "a.c" }, "named after"],
    ["says nothing about itself", { ...good, about: undefined }, "needs sentences"],
    ["has no steps", { ...good, steps: [] }, "needs steps"],
    ["waits for ever", { ...good, withinSeconds: 1e9 }, "withinSeconds"],
    ["cannot be made and has steps", { ...good, unmakeable: "No." }, "cannot have steps"],
    ["names no object", { ...good, object: "ch_1" }, "needs an object"],
    ["is about an unknown step", { ...good, object: `\${refund.id}` }, "refers to refund.id"],
    ["has an unnamed step", withStep({ name: "" }), "without a name"],
    ["has one name twice", { ...good, steps: [step, step] }, "two steps called charge"],
    ["has another method", withStep({ method: "PUT" }), "no usable method"],
    ["calls another server", withStep({ path: "//evil/v1" }), "no path"],
    ["has no parameters but a list", withStep({ parameters: [] }), "no usable parameters"],
    ["sends a null", withStep({ parameters: { a: { b: null } } }), "cannot be sent"],
    ["has an unknown field in a step", withStep({ parametres: {} }), "has the field parametres"],
    ["refers to itself", withStep({ parameters: { a: `\${charge.id}` } }), "refers to charge.id"],
    ["refers to a step as a whole", withStep({ path: `/v1/x/\${charge}` }), "refers to charge"],
  ])("%s", (_, file, sentence) => {
    const text = typeof file === "string" ? file : JSON.stringify(file);
    expect(() => readScenario("a.b", text)).toThrow(sentence);
    expect(() => readScenario("a.b", text)).toThrow(/^The scenario a\.b\.json .*\.$/s);
  });
});
