/**
 * Overrides: where a path points, what it replaces, and that nothing which was not meant changes.
 */
import { describe, expect, it } from "vitest";
import { formOf, overridden, readOverride } from "./parameters.ts";

describe("parameters are sent", () => {
  it("flat, with brackets for what is inside of another", () => {
    const parameters = {
      amount: 5,
      capture: false,
      card: { address: { city: "X" } },
      list: ["a", "b"],
    };
    expect(formOf(parameters)).toEqual([
      ["amount", "5"],
      ["capture", "false"],
      ["card[address][city]", "X"],
      ["list[0]", "a"],
      ["list[1]", "b"],
    ]);
  });
});

describe("an override", () => {
  it.each([
    ["amount=500", undefined, "amount", "500"],
    ["metadata.order=1", undefined, "metadata[order]", "1"],
    ["metadata[order]=1", undefined, "metadata[order]", "1"],
    ["a.b[c].d=x", undefined, "a[b][c][d]", "x"],
    ["list[]=x", undefined, "list[]", "x"],
    ["customer:name=Jenny", "customer", "name", "Jenny"],
    ["description=a=b:c", undefined, "description", "a=b:c"],
    ["description=", undefined, "description", ""],
    ["description=two\nlines", undefined, "description", "two\nlines"],
  ])("%j is read", (text, step, name, value) => {
    expect(readOverride(text)).toEqual({ name, step, value });
  });

  it.each(["amount", "=5", "", ":amount=5", "4242424242424242"])(
    "%j is refused, unrepeated",
    (text) => {
      expect(() => readOverride(text)).toThrow(/^Each --override takes a path and a value/);
    },
  );

  const form = [
    ["amount", "5"],
    ["card[number]", "1"],
    ["card[cvc]", "2"],
    ["cards", "3"],
  ] as const;
  const after = (text: string) => overridden(form, readOverride(text));

  it("takes the place of the same parameter, and of no other", () => {
    expect(after("card.cvc=9")).toEqual([form[0], form[1], form[3], ["card[cvc]", "9"]]);
  });

  it("takes the place of all that was inside of it", () => {
    expect(after("card=tok_visa")).toEqual([form[0], form[3], ["card", "tok_visa"]]);
  });

  it("takes the place of what it is inside of", () => {
    expect(after("amount[x]=1")).toEqual([...form.slice(1), ["amount[x]", "1"]]);
  });

  it("adds what is not there", () => {
    expect(after("__proto__.x=1")).toEqual([...form, ["__proto__[x]", "1"]]);
  });
});
