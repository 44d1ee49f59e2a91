/**
 * What every operation may rely on: parameters are read by Stripe's rules, refused in Stripe's words, and a reader does
 * nothing but return the typed value or throw a ParameterError.
 */

import { describe, expect, test } from "vitest";
import { currencies } from "../../core/money.ts";
import * as p from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { parseForm } from "../form/parse-form.ts";
import { compileParameters } from "./compile.ts";
import { ParameterError } from "./parameter-error.ts";

const optional = Type.Optional;

const schema = p.hash(
  {
    amount: p.amount({ minimum: 1 }),
    automatic: optional(p.flag()),
    created: optional(p.range()),
    currency: p.currency(),
    currency_options: optional(p.openHash(p.hash({ unit_amount: p.integer() }))),
    customer: optional(p.id("cus_")),
    customer_email: optional(p.email()),
    description: optional(p.clearable(p.text({ maxLength: 30 }))),
    expand: optional(p.expand()),
    interval: optional(p.oneOf(["day", "month", "week", "year"])),
    items: optional(
      p.clearable(
        p.list(p.hash({ price: p.id(), quantity: optional(p.integer()) }), { maxItems: 3 }),
      ),
    ),
    metadata: optional(p.metadata()),
    percent: optional(p.decimal()),
    ratio: optional(Type.Number({ maximum: 100, minimum: 0 })),
    shipping: optional(p.hash({ address: p.hash({ city: optional(p.text()) }), name: p.text() })),
    source: optional(
      Type.Union([
        p.id("tok_"),
        p.hash({ cvc: optional(p.cvc()), exp_month: p.text(), number: p.cardNumber() }),
      ]),
    ),
    trial_end: optional(Type.Union([p.timestamp(), p.oneOf(["now"])])),
    url: optional(p.url()),
    when: optional(p.timestamp()),
  },
  { exclusive: [["customer", "customer_email"]] },
);
const read = compileParameters(schema);
const readText = (text: string, cards: readonly object[] = []) => read(parseForm(text), cards);
const given = (text: string, cards: readonly object[] = []) =>
  readText(`amount=100&currency=usd&${text}`, cards);

function refusal(text: string): {
  code: string | undefined;
  message: string;
  param: string | undefined;
} {
  try {
    readText(text);
  } catch (error) {
    if (error instanceof ParameterError) {
      return { code: error.code, message: error.message, param: error.param };
    }
    throw error;
  }
  throw new Error("It was not refused.");
}
const refused = (text: string) => refusal(`amount=100&currency=usd&${text}`);

describe("what is read", () => {
  test("every kind comes out typed", () => {
    expect(
      given(
        "automatic=true&customer=cus_1&description=a+b&interval=week&percent=12.50&ratio=7.25&url=https://a.example/b&when=1700000000",
      ),
    ).toEqual({
      amount: 100,
      automatic: true,
      currency: "usd",
      customer: "cus_1",
      description: "a b",
      interval: "week",
      percent: "12.50",
      ratio: 7.25,
      url: "https://a.example/b",
      when: 1_700_000_000,
    });
  });

  test("a currency in any case comes out in lower case", () => {
    expect(readText("amount=%2B5&currency=EUR")).toEqual({ amount: 5, currency: "eur" });
  });

  test("lists come in index order from gaps, from empty brackets and from repeating keys", () => {
    const items = [{ price: "a", quantity: 2 }, { price: "b" }];
    expect(given("items[5][price]=b&items[2][price]=a&items[2][quantity]=2").items).toEqual(items);
    expect(given("items[][price]=a&items[][quantity]=2&items[][price]=b").items).toEqual(items);
    expect(given("expand[]=x&expand[]=y.z").expand).toEqual(["x", "y.z"]);
    expect(given("expand[1]=y&expand[0]=x").expand).toEqual(["x", "y"]);
  });

  test("an empty value clears where that is allowed, lists included, and is absent when not sent", () => {
    expect(given("description=&items=&metadata=")).toMatchObject({
      description: null,
      items: null,
      metadata: null,
    });
    expect(given("")).toEqual({ amount: 100, currency: "usd" });
  });

  test("metadata tells keys to set from keys to remove, and takes any name as a key", () => {
    const { metadata } = given("metadata[a]=1&metadata[b]=&metadata[__proto__]=2&metadata[3]=x");
    expect(Object.entries(metadata ?? {}).sort()).toEqual([
      ["3", "x"],
      ["__proto__", "2"],
      ["a", "1"],
      ["b", ""],
    ]);
  });

  test("a time is a range of itself", () => {
    expect(given("created=7").created).toEqual({ gte: 7, lte: 7 });
    expect(given("created[gt]=1&created[lte]=5").created).toEqual({ gt: 1, lte: 5 });
  });

  test("the shape of what was sent chooses the alternative", () => {
    const card = {};
    expect(given("source=tok_visa").source).toBe("tok_visa");
    expect(
      given("source[number]=card:1&source[exp_month]=12&source[cvc]=cvc:1", [{}, card]).source,
    ).toEqual({
      cvc: true,
      exp_month: "12",
      number: card,
    });
    expect(given("trial_end=now").trial_end).toBe("now");
    expect(given("trial_end=9").trial_end).toBe(9);
  });

  test("the handle is the one that the marker names", () => {
    const cards = [{ card: "first" }, { card: "second" }];
    const source = given("source[number]=card:1&source[exp_month]=1", cards).source;
    expect(typeof source === "object" && source.number).toBe(cards[1]);
  });

  test("open hashes keep the caller's keys", () => {
    const options = given(
      "currency_options[eur][unit_amount]=5&currency_options[jpy][unit_amount]=6",
    ).currency_options;
    expect({ ...options }).toEqual({ eur: { unit_amount: 5 }, jpy: { unit_amount: 6 } });
  });

  test("text is counted in characters, not in UTF-16 units", () => {
    expect(given(`description=${"💳".repeat(30)}`).description).toBe("💳".repeat(30));
    expect(refused(`description=${"💳".repeat(31)}`).message).toContain(
      "must be at most 30 characters",
    );
  });
});

describe("missing, empty, exclusive", () => {
  test.each([
    ["currency=usd", "amount"],
    ["", "amount"],
    ["amount=1", "currency"],
    ["amount=1&currency=usd&items[2][quantity]=1", "items[2][price]"],
    ["amount=1&currency=usd&shipping[name]=x", "shipping[address]"],
  ])("missing: %s", (text, param) => {
    expect(refusal(text)).toEqual({
      code: "parameter_missing",
      message: `Missing required param: ${param}.`,
      param,
    });
  });

  test.each([
    "amount",
    "currency",
    "customer",
    "interval",
    "items[0][price]",
    "shipping",
    "source",
    "expand",
    "expand[0]",
    "created",
    "trial_end",
    "automatic",
  ])("an empty %s is refused with the whole sentence", (param) => {
    expect(refusal(`amount=1&currency=usd&${param}=`)).toEqual({
      code: "parameter_invalid_empty",
      message: `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
      param,
    });
  });

  test("two parameters of an exclusive group", () => {
    expect(refused("customer_email=a@b.example&customer=cus_1")).toEqual({
      code: "parameters_exclusive",
      message: "You may only specify one of these parameters: customer, customer_email.",
      param: "customer",
    });
  });
});

describe("invalid values", () => {
  const integer = "parameter_invalid_integer";
  test.each([
    [
      "items[1][quantity]=abc&items[1][price]=p",
      "Invalid integer: abc",
      "items[1][quantity]",
      integer,
    ],
    ["when=1.5", "Invalid integer: 1.5", "when", integer],
    ["when=1e3", "Invalid integer: 1e3", "when", integer],
    ["when=0x10", "Invalid integer: 0x10", "when", integer],
    ["when=%201", "Invalid integer:  1", "when", integer],
    ["when[a]=1", "Invalid integer: {…}", "when", undefined],
    ["when[]=1", "Invalid integer: […]", "when", undefined],
    ["when=-1", "This value must be greater than or equal to 0.", "when", integer],
    ["when=100000000000", "This value must be less than or equal to 99999999999.", "when", integer],
    ["automatic=yes", "Invalid boolean: yes", "automatic", undefined],
    ["automatic=TRUE", "Invalid boolean: TRUE", "automatic", undefined],
    [
      "interval=hour",
      "Invalid interval: must be one of day, month, week, or year",
      "interval",
      undefined,
    ],
    ["percent=1,5", "Invalid decimal: 1,5", "percent", undefined],
    ["ratio=100.1", "Invalid decimal: 100.1", "ratio", undefined],
    ["ratio=NaN", "Invalid decimal: NaN", "ratio", undefined],
    ["expand=x", "Invalid array", "expand", undefined],
    ["expand[x]=y", "Invalid array", "expand", undefined],
    ["items[0]=p", "Invalid object", "items[0]", undefined],
    ["shipping=x", "Invalid object", "shipping", undefined],
    ["shipping[]=x", "Invalid object", "shipping", undefined],
    ["metadata=x", "Invalid object", "metadata", undefined],
    ["metadata[]=x", "Invalid object", "metadata", undefined],
    ["source[]=x", "Invalid object", "source", undefined],
    ["customer[a]=x", "Invalid string: {…}", "customer", undefined],
    ["source[number][x]=card:0", "Invalid string: {…}", "source[number]", undefined],
    ["trial_end=soon", "Invalid integer: soon", "trial_end", integer],
    ["customer_email=foo", "Invalid email address: foo", "customer_email", "email_invalid"],
    [
      "customer_email=a%20b@c.d",
      "Invalid email address: a b@c.d",
      "customer_email",
      "email_invalid",
    ],
    ["customer_email=a@b@c.d", "Invalid email address: a@b@c.d", "customer_email", "email_invalid"],
    ["customer_email=a@b", "Invalid email address: a@b", "customer_email", "email_invalid"],
    ["url=foo", "Not a valid URL", "url", "url_invalid"],
    ["url=javascript:alert(1)", "Not a valid URL", "url", "url_invalid"],
    [
      "items[][price]=a&items[][price]=b&items[][price]=c&items[][price]=d",
      "Invalid array: must have at most 3 elements",
      "items",
      undefined,
    ],
    [
      "description=abcdefghijklmnopqrstuvwxyzabcdefghij",
      "Invalid string: abcdefghijklmnopqrst...; must be at most 30 characters",
      "description",
      undefined,
    ],
  ])("%s", (...[text, message, param, code]) => {
    expect(refused(text)).toEqual({ code, message, param });
  });

  test("an amount is an exact integer, within what a double can hold", () => {
    expect(refusal("amount=9007199254740993&currency=usd").code).toBe(integer);
    expect(readText("amount=9007199254740991&currency=usd").amount).toBe(9_007_199_254_740_991);
    expect(Object.is(compileParameters(p.hash({ n: p.integer() }))(parseForm("n=-0")).n, 0)).toBe(
      true,
    );
  });

  test("an unknown currency is told which there are", () => {
    expect(refusal("amount=1&currency=XYZ")).toEqual({
      code: undefined,
      message: `Invalid currency: xyz. Stripe currently supports these currencies: ${currencies.join(", ")}`,
      param: "currency",
    });
  });

  test("a card number in the wrong parameter is not echoed", () => {
    for (const name of [
      "amount",
      "when",
      "automatic",
      "percent",
      "currency",
      "customer_email",
      "4242424242424242",
    ]) {
      const { message, param } = refusal(`currency=usd&amount=1&${name}=4242-4242-4242-4242x`);
      for (const shown of [message, param ?? ""]) expect(shown).not.toMatch(/(\d\D*){7}/);
    }
  });
});

describe("metadata limits", () => {
  const metadata = (key: string, value: string) => refused(`metadata[${key}]=${value}`);

  test("50 keys of 40 characters with 500 characters are fine", () => {
    const key = (index: number) => `${index}`.padStart(40, "k");
    const pairs = Array.from(
      { length: 50 },
      (_, index) => `metadata[${key(index)}]=${"v".repeat(500)}`,
    );
    expect(Object.keys(given(pairs.join("&")).metadata ?? {})).toHaveLength(50);
    expect(refused(`${pairs.join("&")}&metadata[one]=more`).param).toBe("metadata");
  });

  test("longer keys and values, nested ones and an empty key are refused", () => {
    expect(metadata("k".repeat(41), "v").message).toBe(
      `Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. Invalid key: ${"k".repeat(20)}...`,
    );
    expect(metadata("key", "v".repeat(501))).toEqual({
      code: undefined,
      message: `Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. Invalid value: ${"v".repeat(20)}...`,
      param: "metadata[key]",
    });
    expect(metadata("a][b", "v").param).toBe("metadata[a]");
    expect(refused("metadata[][b]=1").message).toBe("Invalid object");
  });
});

describe("card fields", () => {
  test.each([
    "4242424242424242",
    "card:",
    "card:1",
    "card:-1",
    "card:01",
    "cvc:0",
    "card:0x",
    "xcard:0",
  ])("a number that did not pass the vault (%s) is a bug, and is not repeated", (value) => {
    const attempt = () => given(`source[exp_month]=1&source[number]=${value}`, [{}]);
    expect(attempt).toThrow("without passing the vault");
    expect(attempt).not.toThrow(value === "card:" ? /card:/ : value);
    expect(attempt).not.toThrow(ParameterError);
  });

  test("nor does a CVC pass unmarked", () => {
    expect(() => given("source[number]=card:0&source[exp_month]=1&source[cvc]=123", [{}])).toThrow(
      "CVC reached the parameters without passing the vault",
    );
  });
});

describe("schemas that a form cannot carry are refused at start", () => {
  test.each([
    [
      "two hashes of which either could be meant",
      Type.Union([p.hash({ a: p.text() }), p.hash({ b: p.text() })]),
    ],
    ["a type that forms have not", Type.Null()],
    ["a format that is not known", Type.String({ format: "zip" })],
    ["a record, which openHash is for", Type.Record(Type.String(), Type.String())],
    ["a union of nothing", p.clearable(Type.Never())],
  ])("%s", (_, property) => {
    expect(() => compileParameters(p.hash({ x: property }))).toThrow(Error);
  });
});
