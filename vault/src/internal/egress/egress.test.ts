/** The guarantees of egress in this process: allowed destinations only, one card in its one place, and none in the reply. */

import { describe, expect, test } from "vitest";
import { cpuMsOf } from "../../../../tests/support/cpu-time.ts";
import { handleOf, longUnionPay, openTestVault, visa } from "../test-vault.ts";
import { scrubReply } from "./reply-scrubber.ts";
import { CardSlot, cardSlots, type JsonBody } from "./request-filling.ts";

const { vault } = openTestVault();

interface Got {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}
const received: Got[] = [];
let replyBody: (body: unknown) => unknown = () => ({});

vault.egress.allow({
  name: "processor",
  transport: (request) => {
    received.push(request);
    return { status: 201, body: replyBody(request.body) };
  },
});

/** Sends a fresh card in this body; what the processor got and what came back. */
function exchange(body: JsonBody, card: { number?: string; cvc?: string } = {}) {
  const handle = handleOf(vault, card.number ?? visa, card.cvc ?? "987");
  const request = { method: "POST", path: "/authorizations?x=1", body };
  const reply = vault.egress.sendNow({ destination: "processor", card: { handle }, request });
  return { got: received.pop() as Got, reply };
}

describe("a request", () => {
  test("reaches the processor with the card in its places and everything else unchanged", () => {
    const note = "é{{card.number}}";
    const { got, reply } = exchange({ a: note, card: { ...cardSlots }, list: [1.5, null, true] });
    expect(got).toEqual({
      method: "POST",
      path: "/authorizations?x=1",
      body: { a: note, card: { number: visa, cvc: "987" }, list: [1.5, null, true] },
    });
    expect(reply).toEqual({ kind: "reply", status: 201, body: {}, cvc: "sent" });
  });

  test("holds null where there is no CVC", () => {
    const { got, reply } = exchange([cardSlots.number, cardSlots.cvc], { cvc: "" });
    expect(got.body).toEqual([visa, null]);
    expect(reply.cvc).toBe("absent");
  });

  test("that asks for no CVC gets none", () => {
    const { got, reply } = exchange({ number: cardSlots.number });
    expect(JSON.stringify(got.body)).not.toContain("987");
    expect(reply.cvc).toBe("absent");
  });

  test("with text of a user that reads like a slot leaves it alone: only the slot itself is one", () => {
    const texts = [String(cardSlots.number), "[object Object]", "{{card.number}}", "card number"];
    const description = { name: "number", toJSON: "card number" };
    const { got } = exchange({ description, number: cardSlots.number, texts });
    expect(got.body).toEqual({ description, number: visa, texts });
  });

  test("that has a place for the card twice is refused before anything is opened", () => {
    for (const body of [
      [cardSlots.number, { again: cardSlots.number }],
      [cardSlots.number, cardSlots.cvc, cardSlots.cvc],
      [new CardSlot("number"), cardSlots.number],
    ]) {
      expect(() => exchange(body)).toThrow("must hold the card number once");
    }
    expect(received).toHaveLength(0);
  });

  test("without a place for the number is refused", () => {
    expect(() => exchange({ number: "4242" })).toThrow("must hold the card number once");
  });

  test("that is deeper than requests are is refused", () => {
    let body: JsonBody = [cardSlots.number];
    for (let depth = 0; depth < 20; depth++) body = [body];
    expect(() => exchange(body)).toThrow("too deep");
  });

  test("to a destination that was not allowed goes nowhere", async () => {
    const card = { handle: handleOf(vault, visa) };
    const request = { method: "POST", path: "/", body: [cardSlots.number] };
    const sending = { destination: "https://elsewhere.example", card, request };
    expect(() => vault.egress.sendNow(sending)).toThrow("is not allowed");
    await expect(vault.egress.send(sending)).rejects.toThrow("is not allowed");
  });

  test("gives the same answer when sent asynchronously", async () => {
    const card = { handle: handleOf(vault, visa, "987") };
    const request = { method: "POST", path: "/", body: [cardSlots.number, cardSlots.cvc] };
    const reply = await vault.egress.send({ destination: "processor", card, request });
    expect(reply).toEqual({ kind: "reply", status: 201, body: {}, cvc: "sent" });
    expect(received.pop()?.body).toEqual([visa, "987"]);
  });

  test("with a card whose number is not valid is refused", () => {
    expect(() => exchange([cardSlots.number], { number: "4242" })).toThrow("valid number");
  });

  test("a destination's name cannot be given a second address", () => {
    const transport = () => ({ status: 200, body: null });
    expect(() => vault.egress.allow({ name: "processor", transport })).toThrow("allowed already");
  });
});

describe("a reply of values", () => {
  const replied = (make: (number: string, cvc: string) => unknown): unknown => {
    replyBody = (body) => {
      const [number = "", cvc = ""] = body as string[];
      return make(number, cvc);
    };
    try {
      return exchange([cardSlots.number, cardSlots.cvc]).reply.body;
    } finally {
      replyBody = () => ({});
    }
  };

  test("comes back without the number, wherever it is and however deep", () => {
    const body = replied((number) => ({
      a: number,
      b: [{ c: `card ${number} declined` }, Number(number)],
      d: `{"e":"${number}"}`,
    }));
    expect(body).toEqual({
      a: "[card]",
      b: [{ c: "card [card] declined" }, "[card]"],
      d: '{"e":"[card]"}',
    });
  });

  test("comes back without the CVC in a field of its name, and other fields are left alone", () => {
    const body = replied((_, cvc) => ({
      amount: 987,
      card: { CVV2: Number(cvc) },
      checks: { cvc: "pass" },
      cvc,
      cvc2: "9870",
      note: `{"cvc":"${cvc}"}`,
    }));
    expect(body).toEqual({
      amount: 987,
      card: { CVV2: "[card]" },
      checks: { cvc: "pass" },
      cvc: "[card]",
      cvc2: "9870",
      note: '{"cvc":"[card]"}',
    });
  });

  test("that holds no card data comes back as the very same values", () => {
    const plain = { last4: "4242", list: [1, null, "é"], nested: { first6: "424242" } };
    expect(replied(() => plain)).toBe(plain);
  });
});

describe("a reply of text", () => {
  /** What comes back of a reply that the processor makes of the card. */
  const replied = (make: (number: string, cvc: string) => string, number = visa): string =>
    scrubReply(make(number, "987"), { number: Buffer.from(number), cvc: Buffer.from("987") });
  const escaped = (digits: string) => [...digits].map((d) => `\\u003${d}`).join("");
  const grouped = (digits: string, by: string) => digits.replace(/(.{4})(?=.)/g, `$1${by}`);

  test.each<[string, (number: string) => string]>([
    ["plain", (number) => number],
    ["in groups of four", (number) => grouped(number, " ")],
    ["in groups with dashes", (number) => grouped(number, "-")],
    ["digit by digit", (number) => [...number].join(" ")],
    ["JSON-escaped", escaped],
    ["JSON-escaped twice", (number) => escaped(number).replaceAll("\\", "\\\\")],
    ["escaped in part", (number) => `${number.slice(0, 8)}${escaped(number.slice(8))}`],
    ["percent-escaped", (number) => [...number].map((d) => `%3${d}`).join("")],
    ["grouped by escaped blanks", (number) => grouped(number, "\\u0020")],
  ])("with the number %s comes back without it", (_, write) => {
    for (const number of [visa, longUnionPay, "378282246310005"]) {
      const body = replied((sent) => `{"message":"card ${write(sent)} declined","x":1}`, number);
      expect(body).toBe('{"message":"card [card] declined","x":1}');
    }
  });

  test("with the number many times, also after a backslash or as a JSON number, is still JSON", () => {
    const body = replied((n) => `{"a":${n},"b":["${n}","\\\\${n}","\\"${n}"],"c":"${n}${n}"}`);
    expect(JSON.parse(body)).toEqual({
      a: "[card]",
      b: ["[card]", "\\[card]", '"[card]'],
      c: "[card][card]",
    });
  });

  test("that is not JSON comes back without the number", () => {
    expect(replied((n) => `<pan>${n}</pan>\\${n}`)).not.toContain("4242");
  });

  test("with the CVC in a field of its name comes back without it, and other fields are left alone", () => {
    const body = replied(
      (_, cvc) =>
        `{"cvc":"${cvc}","card":{"CVV2" : ${cvc}},"checks":{"cvc":"pass"},"amount":987,"note":"{\\"cvc\\":\\"${cvc}\\"}","cvc2":"9870"}`,
    );
    expect(JSON.parse(body)).toEqual({
      cvc: "[card]",
      card: { CVV2: "[card]" },
      checks: { cvc: "pass" },
      amount: 987,
      note: '{"cvc":"[card]"}',
      cvc2: "9870",
    });
  });

  test("without card data comes back byte for byte", () => {
    const plain =
      '{"reference":"ch_1","first6":"424242","last4":"4242","checks":{"cvc":"pass"},"é":"\\u0034%34"}';
    expect(replied(() => plain)).toBe(plain);
  });

  test("of 64 KiB made to be slow to search is searched in bounded time", () => {
    const took = cpuMsOf(() => {
      replied(() => "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 ".repeat(2_184));
      replied(() => "\\".repeat(65_536));
      replied(() => '"cvc"'.padEnd(65_536, " "));
      replied(() => '"cvc" '.repeat(10_922));
    });
    expect(took).toBeLessThan(1_000);
  });
});
