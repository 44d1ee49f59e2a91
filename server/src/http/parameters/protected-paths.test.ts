/** The vault is given every path under which a schema takes card data, and no schema hides one from it. */

import { expect, test } from "vitest";
import {
  cardNumber,
  clearable,
  cvc,
  hash,
  id,
  list,
  openHash,
  text,
} from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { protectedPaths } from "./protected-paths.ts";

const card = hash({
  cvc: Type.Optional(clearable(cvc())),
  exp_month: text(),
  number: cardNumber(),
});

test("card fields are found at any depth, in unions and in optional parameters, each once", () => {
  const schema = hash({
    card: Type.Optional(card),
    description: text(),
    payment_method_data: Type.Optional(hash({ card: Type.Optional(card), type: text() })),
    source: Type.Optional(clearable(Type.Union([id("tok_"), card]))),
  });
  expect(protectedPaths(schema)).toEqual([
    "card[cvc]",
    "card[number]",
    "payment_method_data[card][cvc]",
    "payment_method_data[card][number]",
    "source[cvc]",
    "source[number]",
  ]);
});

test("a schema without card fields has none", () => {
  expect(protectedPaths(hash({ a: text(), b: list(hash({ c: text() })) }))).toEqual([]);
});

test("a card field whose name is not fixed is refused: in a list or under a name of the caller's", () => {
  expect(() => protectedPaths(hash({ cards: list(card) }))).toThrow("no fixed name");
  expect(() => protectedPaths(hash({ cards: openHash(card) }))).toThrow("no fixed name");
  expect(() => protectedPaths(hash({ numbers: list(hash({ deep: card })) }))).toThrow(
    "no fixed name",
  );
});
