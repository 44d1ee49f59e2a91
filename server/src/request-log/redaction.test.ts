/**
 * What must not be kept is not in the result, wherever in a request or an answer it stood; what helps to find a mistake
 * stays; and neither size nor work grows with what is sent.
 */

import { describe, expect, test } from "vitest";
import {
  findLeaks,
  freshNumber,
  needlesOf,
  wrongNumber,
} from "../../../tests/security/leak-scan.ts";
import { ways } from "../../../tests/security/leak-ways.ts";
import { cpuMsOf } from "../../../tests/support/cpu-time.ts";
import { encoded } from "../../../tests/support/http.ts";
import type { FormTree } from "../http/form/form-tree.ts";
import { parseForm } from "../http/form/parse-form.ts";
import { redacted, redactedText } from "./redaction.ts";

const number = "4000001234567899";
const grouped = (by: string): string => (number.match(/\d{4}/g) ?? []).join(by);
const ofForm = (form: string): string => JSON.stringify(redacted(parseForm(form), 4096));
const twelveDigits = /\d(?:\D{0,3}\d){11}/;

describe("a card number is masked", () => {
  test.each([
    ["in a value", `description=${number}`],
    ["in the middle of text", `description=the card is ${number}, thanks`],
    ["in groups", `description=${grouped(" ")}&a=${grouped("-")}&b=${grouped("%0A")}`],
    ["in metadata", `metadata[card]=${number}`],
    ["as a name", `metadata[${number}]=x&${number}=x`],
    ["in a list", `expand[]=${number}&a[0][b]=${number}`],
    ["in a body of JSON that came as a form", `{"number":"${number}","cvc":"987"}`],
    ["escaped twice", `source=${number.replaceAll(/\d/g, "%253$&")}`],
    ["in digits of another script", `a=${encodeURIComponent("４０００００１２３４５６７８９９")}`],
  ])("%s", (_, form) => {
    const text = ofForm(form);
    expect(text).not.toMatch(twelveDigits);
    expect(text).not.toMatch(/\p{Nd}{4}/u);
    expect(text).toContain("**");
  });

  test("where the cut goes through it", () => {
    for (let before = 0; before < 40; before++) {
      const text = redactedText(`${"a".repeat(before)}${number} and more`, 20);
      expect(text).not.toMatch(/\d/);
    }
  });
});

/** Undefined for what no server reads, and so no log keeps. */
function readable(form: string): FormTree | undefined {
  try {
    return parseForm(form);
  } catch {
    return undefined;
  }
}

test.each(Object.entries(ways))(
  "%s: no number is kept, even if the vault had not taken it out",
  (_, way) => {
    for (const secret of [freshNumber(), wrongNumber()]) {
      const { form = "", headers = {}, path } = way(secret, { publishableKey: "", secretKey: "" });
      const [route = "", query = ""] = path.split("?");
      const body = typeof form === "object" && !Buffer.isBuffer(form) ? encoded(form) : `${form}`;
      const kept = [
        ...[body, query].map((text) => redacted(readable(text) ?? null, 4096)),
        ...[route, ...Object.values(headers)].map((text) => redactedText(text, 500)),
      ];
      const bytes = Buffer.from(JSON.stringify(kept));
      // The key is never read from its header by the log.
      if (headers["authorization"] !== undefined) continue;
      expect(findLeaks([{ bytes, name: "the record" }], needlesOf(secret))).toEqual([]);
    }
  },
);

describe("a security code is masked", () => {
  test.each([
    "card[cvc]=987",
    "card[cvv2]=987",
    "CARD[CVC]=987",
    "cvc[]=987",
    "card[cvc][a]=987",
    "security_code=987",
    "card%255Bcvc%255D=987",
    `{"cvc":"987"}`,
    "a=cvc%3A+987",
    "a=card%255Bcvc%255D%3D987",
  ])("%s", (form) => {
    expect(ofForm(form)).not.toContain("987");
  });

  test("and what its check found is not", () => {
    const answer = { card: { cvc: null, cvc_check: "pass" } };
    expect(redacted(answer, 1000)).toEqual(answer);
  });
});

describe("a secret is masked", () => {
  test.each([
    ["a secret key", "description=sk_test_51abcDEF&a=rk_live_51abcDEF"],
    ["the secret of a webhook", "a=whsec_51abcDEF"],
    ["the secret of an object in text", "a=pi_123_secret_51abcDEF"],
    ["whatever is called one", "client_secret=51abcDEF&a[password]=51abcDEF"],
  ])("%s", (_, form) => {
    expect(ofForm(form)).not.toContain("51abc");
  });

  test("and a key that is masked already stays as it is", () => {
    expect(redactedText("Invalid API Key provided: sk_test_****abcd", 100)).toBe(
      "Invalid API Key provided: sk_test_****abcd",
    );
  });
});

test("what helps to find a mistake stays", () => {
  const form =
    "amount=2000&currency=usd&card[number]=card:0&metadata[order]=6735&source=tok_VbcP5tBUqvfWducrWlcs3wzg&capture=";
  expect(redacted(parseForm(form), 4096)).toEqual({
    amount: "2000",
    capture: "",
    card: { number: "card:0" },
    currency: "usd",
    metadata: { order: "6735" },
    source: "tok_VbcP5tBUqvfWducrWlcs3wzg",
  });
  const answer = { amount: 99_999_999, created: 1_800_000_000, data: [null, true, -1.5] };
  expect(redacted(answer, 4096)).toEqual(answer);
});

test("a name like __proto__ is kept as a name", () => {
  const result = JSON.stringify(redacted(parseForm("__proto__=a&constructor[b]=c"), 4096));
  expect(result).toBe('{"__proto__":"a","constructor":{"b":"c"}}');
});

test("text that no database takes becomes text that both take", () => {
  const text = redactedText("a\u0000b\nc\ud800", 100);
  expect(text).toBe("a b c\ufffd");
  expect(redactedText("\u{1f600}".repeat(20), 5).isWellFormed()).toBe(true);
});

test.each([
  ["one long value", `a=${"x y".repeat(300_000)}`],
  ["many values", Array.from({ length: 1000 }, (_, at) => `a[k${at}]=${at}`).join("&")],
  ["a long list", Array.from({ length: 1000 }, () => "a[]=bcd").join("&")],
  ["digits far apart", `a=${`1${" ".repeat(5000)}`.repeat(100)}`],
  ["digits without end", `a=${"1 ".repeat(400_000)}`],
  ["quotes", `a=${'"'.repeat(100_000)}`],
])("%s is cut, and says so, at little cost", (_, form) => {
  const tree = parseForm(form);
  let text = "";
  const took = cpuMsOf(() => {
    text = JSON.stringify(redacted(tree, 4096));
  });
  expect(took).toBeLessThan(50);
  expect(text.length).toBeLessThan(2.5 * 4096);
  expect(text).toContain("…");
  expect(() => JSON.parse(text)).not.toThrow();
});
