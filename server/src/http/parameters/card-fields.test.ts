/**
 * The vault and the form parser read names apart from each other, so they must agree: whatever the spelling, what the
 * parser would show as a card field the vault has cut out, and what the vault did not recognise the reader refuses.
 */
import { openVault } from "@istripe/vault";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cardNumber, cvc, hash, id, text } from "../../core/parameters.ts";
import { Type } from "../../core/schema-builder.ts";
import { FormError } from "../form/form-error.ts";
import type { FormValue } from "../form/form-tree.ts";
import { parseForm } from "../form/parse-form.ts";
import { compileParameters } from "./compile.ts";
import { ParameterError } from "./parameter-error.ts";
import { protectedPaths } from "./protected-paths.ts";

const schema = hash({
  card: Type.Optional(
    hash({ cvc: Type.Optional(cvc()), exp_month: Type.Optional(text()), number: cardNumber() }),
  ),
  source: Type.Optional(Type.Union([id(), hash({ number: cardNumber() })])),
});
const read = compileParameters(schema);
const vault = openVault({
  directory: null,
  monotonicNow: () => performance.now(),
  testCards: new Map(),
});
vault.ingress.protect(protectedPaths(schema));

const pan = "4242424242424242";

test("a card in the body is read as the vault's handle, and nothing of it is in the tree", () => {
  for (const body of [
    `card[number]=${pan}&card[cvc]=314`,
    `card%5Bnumber%5D=4242+4242+4242+4242&card%5bcvc]=314`,
    `card[number]=1&card[cvc]=314&card%5Bnumber]=${pan}`,
  ]) {
    const { body: rest, cards } = vault.ingress.cut(Buffer.from(body));
    expect(rest.toString()).not.toContain("4242");
    const parameters = read(parseForm(rest), cards);
    expect(parameters.card?.cvc).toBe(true);
    expect(vault.ingress.inspect(cards[0] as never)).toMatchObject({
      last4: "4242",
      number: "valid",
    });
    expect(parameters.card?.number).toBe(cards[0]);
    for (const card of cards) vault.ingress.release(card);
  }
});

/** Where the number stands in the tree, as `card[number]`. */
function pathsOf(value: FormValue, path: string): string[] {
  if (typeof value === "string") return value.includes(pan) ? [path] : [];
  return [...value.entries()].flatMap(([key, child]) =>
    pathsOf(child, path === "" ? String(key) : `${path}[${Array.isArray(value) ? "" : key}]`),
  );
}

test("no spelling of a card field's name brings a number past the vault", () => {
  const letter = (character: string) =>
    fc.constantFrom(
      character,
      character,
      `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
      `%${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
    );
  const spelled = (name: string) =>
    fc.tuple(...[...name].map(letter)).map((letters) => letters.join(""));
  const noise = fc.constantFrom(
    "",
    "",
    "",
    "[]",
    "[x]",
    "%",
    "]",
    "[",
    "+",
    "%00",
    "%5B%5D",
    "=",
    ";",
  );
  const name = fc
    .tuple(
      noise,
      fc.constantFrom("card[number]", "source[number]", "card[cvc]", "card").chain(spelled),
      noise,
    )
    .map((parts) => parts.join(""));
  const body = fc
    .array(name, { maxLength: 4, minLength: 1 })
    .map((names) => names.map((one) => `${one}=${pan}`).join("&"));
  fc.assert(
    fc.property(body, (sent) => {
      const { body: rest, cards } = vault.ingress.cut(Buffer.from(sent));
      try {
        const tree = parseForm(rest);
        for (const path of pathsOf(tree, ""))
          expect(path).not.toMatch(/^(card|source)\[(number|cvc)\]/);
        read(tree, cards);
      } catch (error) {
        // A bug's Error would mean that a number came to a card field unmarked.
        if (!(error instanceof FormError || error instanceof ParameterError)) throw error;
        expect(error.message).not.toContain("4242424");
      } finally {
        for (const card of cards) vault.ingress.release(card);
      }
    }),
    { numRuns: 3000 },
  );
});
