/** Unknown parameters are all named at once, before any other fault, with a hint where one is misspelt. */

import { expect, test } from "vitest";
import * as p from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { parseForm } from "../form/parse-form.ts";
import { compileParameters } from "./compile.ts";
import { ParameterError } from "./parameter-error.ts";

const optional = Type.Optional;

const read = compileParameters(
  p.hash({
    amount: p.amount(),
    created: optional(p.range()),
    currency: p.currency(),
    currency_options: optional(p.openHash(p.hash({ unit_amount: p.integer() }))),
    customer: optional(p.id("cus_")),
    description: optional(p.clearable(p.text())),
    items: optional(p.clearable(p.list(p.hash({ price: p.id() })))),
    metadata: optional(p.metadata()),
    source: optional(
      Type.Union([p.id("tok_"), p.hash({ exp_month: p.text(), number: p.cardNumber() })]),
    ),
  }),
);

function refusal(text: string): {
  code: string | undefined;
  message: string;
  param: string | undefined;
} {
  try {
    read(parseForm(text));
  } catch (error) {
    if (error instanceof ParameterError) {
      return { code: error.code, message: error.message, param: error.param };
    }
    throw error;
  }
  throw new Error("It was not refused.");
}
const refused = (text: string) => refusal(`amount=100&currency=usd&${text}`);

test.each([
  ["foo=1", "Received unknown parameter: foo", "foo"],
  ["foo=1&bar[x]=2", "Received unknown parameters: foo, bar", "foo"],
  ["custmer=1", "Received unknown parameter: custmer. Did you mean customer?", "custmer"],
  ["descripshn=1", "Received unknown parameter: descripshn", "descripshn"],
  ["source[foo]=1", "Received unknown parameter: source[foo]", "source[foo]"],
  [
    "source[nmber]=1",
    "Received unknown parameter: source[nmber]. Did you mean source[number]?",
    "source[nmber]",
  ],
  [
    "items[0][prices]=1",
    "Received unknown parameter: items[0][prices]. Did you mean items[0][price]?",
    "items[0][prices]",
  ],
  ["items[][x]=1&foo=2", "Received unknown parameters: items[0][x], foo", "items[0][x]"],
  [
    "currency_options[eur][x]=1",
    "Received unknown parameter: currency_options[eur][x]",
    "currency_options[eur][x]",
  ],
  ["created[since]=1", "Received unknown parameter: created[since]", "created[since]"],
  ["__proto__=1&constructor=2", "Received unknown parameters: __proto__, constructor", "__proto__"],
])("%s", (text, message, param) => {
  expect(refused(text)).toEqual({ code: "parameter_unknown", message, param });
});

test("come before any other fault", () => {
  expect(refusal("amount=abc&foo=1").message).toBe("Received unknown parameter: foo");
  expect(refusal("foo=1").message).toBe("Received unknown parameter: foo");
});

test("a thousand of them make a bounded sentence", () => {
  const text = Array.from({ length: 900 }, (_, index) => `${"u".repeat(300)}${index}=1`).join("&");
  expect(refusal(text).message.length).toBeLessThan(3000);
  expect(refusal(text).message).toContain("and 880 more");
});
