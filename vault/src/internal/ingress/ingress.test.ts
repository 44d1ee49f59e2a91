/** The guarantees of ingress: no card data is left in a body, nothing else in it changes, and markers cannot be forged. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuMsOf } from "../../../../tests/support/cpu-time.ts";
import { openTestVault, visa } from "../test-vault.ts";
import { openVault } from "../vault.ts";

const { vault } = openTestVault();
const { ingress } = vault;

/** Cuts a body given as text; the text of what came back, the received bytes after it, and the cards. */
function cutText(text: string) {
  const received = Buffer.from(text, "latin1");
  const { body, cards } = ingress.cut(received);
  return { text: body.toString("latin1"), received, cards };
}

describe("cutting a body", () => {
  test("a body without a card comes back as the same bytes, not a copy", () => {
    const received = Buffer.from("amount=2000&currency=usd&source=tok_visa&card[exp_month]=12");
    const { body, cards } = ingress.cut(received);
    expect(body).toBe(received);
    expect(cards).toHaveLength(0);
  });

  test("number and CVC become markers of one handle, and the received bytes are zero", () => {
    const { text, received, cards } = cutText(
      `card[number]=${visa}&card[exp_month]=12&card[cvc]=123&card[exp_year]=2030`,
    );
    expect(text).toBe("card[number]=card:0&card[exp_month]=12&card[cvc]=cvc:0&card[exp_year]=2030");
    expect(cards).toHaveLength(1);
    expect(received.toString("latin1")).toBe(
      `card[number]=${"\0".repeat(16)}&card[exp_month]=12&card[cvc]=\0\0\0&card[exp_year]=2030`,
    );
    const [card] = cards;
    expect(card && ingress.inspect(card)).toMatchObject({ number: "valid", cvc: "valid" });
  });

  test("each hash gets a handle of its own, numbered in the order of their appearance", () => {
    const { text, cards } = cutText(`source[cvc]=999&card[number]=${visa}&source[number]=42`);
    expect(text).toBe("source[cvc]=cvc:0&card[number]=card:1&source[number]=card:0");
    expect(cards).toHaveLength(2);
    const [source, card] = cards;
    expect(source && ingress.inspect(source).number).toBe("invalid_number");
    expect(card && ingress.inspect(card)).toMatchObject({ number: "valid", cvc: "absent" });
  });

  test.each([
    "card%5Bnumber%5D",
    "card%5bnumber%5d",
    "card[number%5D",
    "c%61rd[n%75mber]",
    "%63%61%72%64%5B%6E%75%6D%62%65%72%5D",
    "card[number][]",
    "card[number][x][y]",
    "card[number]x",
    "card[number",
    "card][number]",
    "card[[number]]",
    "[card][number]",
    "card[][number]",
    "+card[number]",
    "card[+number+]",
    "card[number]%00",
    "card%00[number]",
    "%20card%09[number]",
  ])("the key %s is protected", (key) => {
    const { text, received, cards } = cutText(`a=1&${key}=${visa}&b=2`);
    expect(text).toBe(`a=1&${key}=card:0&b=2`);
    expect(received.includes("4242")).toBe(false);
    expect(cards).toHaveLength(1);
  });

  test.each([
    "card",
    "card[]",
    "number",
    "card[numbers]",
    "card[xnumber]",
    "cards[number]",
    "cardnumber",
    "card.number",
    "Card[number]",
    "card[0][number]",
    "card%255Bnumber%255D",
    "card%[number]",
    "metadata[card][number]",
    "",
    "%",
    "card[exp_month]",
  ])("the key %s is another parameter and stays as it is", (key) => {
    const { text, cards } = cutText(`a=1&${key}=42&b=2`);
    expect(text).toBe(`a=1&${key}=42&b=2`);
    expect(cards).toHaveLength(0);
  });

  test("every occurrence of a repeated key is cut and zeroed, and the last one wins", () => {
    const { text, received, cards } = cutText(`card[number]=4111&x=1&card[number]=${visa}`);
    expect(text).toBe("card[number]=card:0&x=1&card[number]=card:0");
    expect(/[2-9]/.test(received.toString("latin1"))).toBe(false);
    const [card] = cards;
    expect(card && ingress.inspect(card)).toMatchObject({ number: "valid", last4: "4242" });
  });

  test("an empty value stays empty and takes away what an earlier one gave", () => {
    const { text, cards } = cutText(`card[number]=${visa}&card[cvc]=123&card[cvc]=`);
    expect(text).toBe("card[number]=card:0&card[cvc]=cvc:0&card[cvc]=");
    const [card] = cards;
    expect(card && ingress.inspect(card)).toMatchObject({ number: "valid", cvc: "absent" });
  });

  test("a marker sent by a caller is card data like any other and never reaches the parser", () => {
    const { text, cards } = cutText("card[number]=card:7&card[cvc]=cvc:7&source[number]=card:0");
    expect(text).toBe("card[number]=card:0&card[cvc]=cvc:0&source[number]=card:1");
    expect(cards).toHaveLength(2);
    for (const card of cards) expect(ingress.inspect(card).number).toBe("invalid_number");
  });

  test("blanks and dashes in a number are dropped, encoded ones too", () => {
    const { cards } = cutText("card[number]=4242+4242-4242%204242%2D&card[cvc]=%31%32%33");
    const [card] = cards;
    expect(card && ingress.inspect(card)).toMatchObject({
      number: "valid",
      cvc: "valid",
      last4: "4242",
    });
  });

  test("a semicolon separates nothing", () => {
    const { text } = cutText("a=1;card[number]=4242&card[number]=42;b=2&c=3");
    expect(text).toBe("a=1;card[number]=4242&card[number]=card:0&c=3");
  });

  test("broken escapes, NULs and invalid UTF-8 in a value are cut with it", () => {
    const { text, received } = cutText("card[number]=42%4&card[cvc]=%zz\0\xff\xfe1&x=%zz\0\xff");
    expect(text).toBe("card[number]=card:0&card[cvc]=cvc:0&x=%zz\0\xff");
    expect(received.toString("latin1")).toBe(
      "card[number]=\0\0\0\0&card[cvc]=\0\0\0\0\0\0\0&x=%zz\0\xff",
    );
  });

  test("pairs without a value, empty pairs and empty keys pass unchanged", () => {
    const text = "&&card[number]&=&=x&card[cvc]&&a";
    expect(cutText(text)).toMatchObject({ text, cards: [] });
  });

  test("nothing is cut before the protected parameters are known: it refuses to work", () => {
    const unready = openVault({
      directory: null,
      testCards: new Map(),
      monotonicNow: () => 0,
    });
    expect(() => unready.ingress.cut(Buffer.from("a=1"))).toThrow("not told which parameters");
    unready.close();
  });

  test("a path that does not end in number or cvc cannot be protected", () => {
    expect(() => ingress.protect(["card[exp_month]"])).toThrow("card[exp_month]");
  });
});

describe("bodies of any size", () => {
  /** Milliseconds that a cut takes, the best of three: other work on the machine only adds. */
  function millisecondsToCut(text: string): number {
    const times = [1, 2, 3].map(() => {
      const body = Buffer.from(text, "latin1");
      return cpuMsOf(() => {
        for (const card of ingress.cut(body).cards) ingress.release(card);
      });
    });
    return Math.min(...times);
  }

  test.each([
    ["one long value", "a=".padEnd(1_000_000, "x")],
    ["one long number", "card[number]=".padEnd(1_000_000, "4")],
    ["one long key of brackets", "card".padEnd(1_000_000, "[")],
    ["one long key of escaped brackets", "card".padEnd(1_000_000, "%5B")],
    ["a hundred thousand pairs", "card[exp]=1&".repeat(83_000)],
    ["sixty thousand numbers", "card[number]=4242&".repeat(55_000)],
    ["a million ampersands", "&".repeat(1_000_000)],
  ])("1 MB of %s is cut in linear time", (_, text) => {
    expect(millisecondsToCut(text)).toBeLessThan(250);
  });

  test("a number longer than any card's is kept no longer than needed to know that it is wrong", () => {
    const { cards, received } = cutText(`card[number]=${"4".repeat(100_000)}`);
    const [card] = cards;
    expect(card && ingress.inspect(card)).toMatchObject({ number: "invalid_number", last4: "" });
    expect(received.includes("4")).toBe(false);
  });
});

describe("any form body", () => {
  const encodings = fc.constantFrom(
    (key: string) => key,
    (key: string) => key.replaceAll("[", "%5B").replaceAll("]", "%5D"),
    (key: string) => [...key].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(""),
  );
  const protectedKey = fc
    .tuple(
      fc.constantFrom("card[number]", "card[cvc]", "source[number]", "source[cvc]"),
      fc.constantFrom("", "[]", "[x]", "[0][number]"),
      encodings,
    )
    .map(([key, tail, encode]) => encode(key + tail));
  const otherKey = fc.oneof(
    fc.constantFrom("amount", "card[exp_month]", "metadata[card]", "", "card", "%", "source"),
    fc.string({ unit: fc.constantFrom("a", "%", "5", "B", "+", "_", "\0", "\xff"), maxLength: 8 }),
  );
  const value = fc.string({
    unit: fc.constantFrom("0", "4", "9", "+", "-", "%", "=", ";", ":", "\0", "\xff", "z"),
    maxLength: 24,
  });
  const pair = fc.oneof(
    fc.record({ isCard: fc.constant(true), key: protectedKey, value }),
    fc.record({ isCard: fc.constant(false), key: otherKey, value }),
  );

  test("keeps every other pair byte for byte, and no byte of a protected value, here or where it came from", () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 12 }), (pairs) => {
        const sent = pairs.map(({ key, value: text }) => `${key}=${text}`).join("&");
        const { text, received, cards } = cutText(sent);
        const expected = pairs.map(({ isCard, key, value: given }) =>
          isCard && given !== "" ? `${key}=<marker>` : `${key}=${given}`,
        );
        const left = pairs.map(({ isCard, key, value: given }) =>
          isCard ? `${key}=${"\0".repeat(given.length)}` : `${key}=${given}`,
        );
        expect(text.replace(/=(card|cvc):[01](?=&|$)/g, "=<marker>")).toBe(expected.join("&"));
        expect(received.toString("latin1")).toBe(left.join("&"));
        for (const card of cards) ingress.release(card);
      }),
      { numRuns: 400 },
    );
  });

  test("any bytes at all are cut without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { body, cards } = ingress.cut(Buffer.from(bytes));
        for (const card of cards) ingress.release(card);
        expect(body.length).toBeLessThanOrEqual(bytes.length + 6 * bytes.length);
      }),
      { numRuns: 400 },
    );
  });
});

describe("handles", () => {
  test("a named test card gives a fresh handle each time, and an unknown name none", () => {
    const first = ingress.testCard("visa");
    const second = ingress.testCard("visa");
    expect(first).toBeDefined();
    expect(first).not.toBe(second);
    expect(first && ingress.inspect(first)).toMatchObject({ number: "valid", cvc: "valid" });
    expect(ingress.testCard("no such card")).toBeUndefined();
  });

  test("a released handle cannot be used, and releasing it again is harmless", () => {
    const { vault: own } = openTestVault();
    const handle = own.ingress.testCard("visa");
    if (handle === undefined) throw new Error("no test card");
    own.ingress.release(handle);
    own.ingress.release(handle);
    expect(() => own.ingress.inspect(handle)).toThrow("no longer held");
    own.close();
  });

  test("a handle older than 60 seconds is dropped", () => {
    const { vault: own, advance } = openTestVault();
    const handle = own.ingress.testCard("visa");
    if (handle === undefined) throw new Error("no test card");
    advance(59_999);
    own.sweep();
    expect(own.ingress.inspect(handle).last4).toBe("4242");
    advance(1);
    expect(() => own.ingress.inspect(handle)).toThrow("no longer held");
    own.close();
  });

  test("beyond the limit the oldest handle is dropped, and the younger ones still work", () => {
    const { vault: own } = openTestVault({ limits: { handleCountMax: 3 } });
    const handles = Array.from({ length: 5 }, () => own.ingress.testCard("visa"));
    const works = handles.map((handle) => {
      try {
        return handle !== undefined && own.ingress.inspect(handle).number === "valid";
      } catch {
        return false;
      }
    });
    expect(works).toEqual([false, false, true, true, true]);
    own.close();
  });

  test("a handle of another vault is not accepted", () => {
    const { vault: own } = openTestVault();
    const { cards } = cutText(`card[number]=${visa}`);
    const [card] = cards;
    expect(() => card && own.ingress.inspect(card)).toThrow("no longer held");
    own.close();
  });

  test("a closed vault holds no card and seals nothing", () => {
    const { vault: own } = openTestVault();
    const handle = own.ingress.testCard("visa");
    if (handle === undefined) throw new Error("no test card");
    own.close();
    expect(() => own.ingress.inspect(handle)).toThrow("no longer held");
    const later = own.ingress.testCard("visa");
    if (later === undefined) throw new Error("no test card");
    const binding = { accountId: "acct_1", livemode: false, reference: "card_1" };
    expect(() => own.seal(later, binding)).toThrow("closed");
  });
});
