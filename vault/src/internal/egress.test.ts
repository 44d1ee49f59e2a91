/** The guarantees of egress in this process: allowed destinations only, one card in its one place, and none in the reply. */
import { describe, expect, test } from "vitest";
import { handleOf, longUnionPay, openTestVault, visa } from "./test-vault.ts";
import type { EgressRequest } from "./transport.ts";

const { vault } = openTestVault();
const received: EgressRequest[] = [];
let replyBody: (request: EgressRequest) => string = () => "{}";

vault.egress.allow({
  name: "processor",
  transport: (request) => {
    received.push(request);
    return { status: 201, body: replyBody(request) };
  },
});

/** Sends a fresh card in this body; what the processor got and what came back. */
function exchange(body: string, card: { number?: string; cvc?: string } = {}) {
  const handle = handleOf(vault, card.number ?? visa, card.cvc ?? "987");
  const request = { method: "POST", path: "/authorizations?x=1", body };
  const reply = vault.egress.sendNow({ destination: "processor", card: { handle }, request });
  return { got: received.pop() as EgressRequest, reply };
}

describe("a request", () => {
  test("reaches the processor with the card in its places and everything else unchanged", () => {
    const body =
      '{ "a":"é{{card.number}}", "cvc" : "{{card.cvc}}","number":"{{card.number}}","n":1.50 }';
    const { got, reply } = exchange(body);
    expect(got).toEqual({
      method: "POST",
      path: "/authorizations?x=1",
      body: `{ "a":"é{{card.number}}", "cvc" : "987","number":"${visa}","n":1.50 }`,
    });
    expect(reply).toEqual({ kind: "reply", status: 201, body: "{}", cvc: "sent" });
  });

  test("holds null where there is no CVC", () => {
    const { got, reply } = exchange('["{{card.number}}","{{card.cvc}}"]', { cvc: "" });
    expect(JSON.parse(got.body)).toEqual([visa, null]);
    expect(reply.cvc).toBe("absent");
  });

  test("that asks for no CVC gets none", () => {
    const { got, reply } = exchange('{"number":"{{card.number}}"}');
    expect(got.body).not.toContain("987");
    expect(reply.cvc).toBe("absent");
  });

  test("with text of a user that reads like a placeholder is refused before anything is opened", () => {
    const body = JSON.stringify({ description: "{{card.number}}", number: "{{card.number}}" });
    expect(() => exchange(body)).toThrow("once only");
    expect(received).toHaveLength(0);
  });

  test("in which such text is written with an escape leaves it alone", () => {
    const body = '{"description":"\\u007b{card.number}}","number":"{{card.number}}"}';
    expect(JSON.parse(exchange(body).got.body)).toEqual({
      description: "{{card.number}}",
      number: visa,
    });
  });

  test("without a place for the number is refused", () => {
    expect(() => exchange('{"number":"4242"}')).toThrow("must hold");
  });

  test("to a destination that was not allowed goes nowhere", async () => {
    const card = { handle: handleOf(vault, visa) };
    const request = { method: "POST", path: "/", body: '"{{card.number}}"' };
    const sending = { destination: "https://elsewhere.example", card, request };
    expect(() => vault.egress.sendNow(sending)).toThrow("is not allowed");
    await expect(vault.egress.send(sending)).rejects.toThrow("is not allowed");
  });

  test("gives the same answer when sent asynchronously", async () => {
    const card = { handle: handleOf(vault, visa, "987") };
    const request = { method: "POST", path: "/", body: '["{{card.number}}","{{card.cvc}}"]' };
    const reply = await vault.egress.send({ destination: "processor", card, request });
    expect(reply).toEqual({ kind: "reply", status: 201, body: "{}", cvc: "sent" });
    expect(received.pop()?.body).toBe(`["${visa}","987"]`);
  });

  test("with a card whose number is not valid is refused", () => {
    expect(() => exchange('"{{card.number}}"', { number: "4242" })).toThrow("valid number");
  });

  test("a destination's name cannot be given a second address", () => {
    const transport = () => ({ status: 200, body: "" });
    expect(() => vault.egress.allow({ name: "processor", transport })).toThrow("allowed already");
  });
});

describe("a reply", () => {
  /** What comes back of a reply that the processor makes of the card. */
  function replied(make: (number: string, cvc: string) => string, number = visa): string {
    replyBody = ({ body }) => {
      const [sentNumber, sentCvc] = JSON.parse(body) as [string, string];
      return make(sentNumber, sentCvc);
    };
    try {
      return exchange('["{{card.number}}","{{card.cvc}}"]', { number }).reply.body;
    } finally {
      replyBody = () => "{}";
    }
  }
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
    const begun = performance.now();
    replied(() => "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 ".repeat(2_184));
    replied(() => "\\".repeat(65_536));
    replied(() => '"cvc"'.padEnd(65_536, " "));
    replied(() => '"cvc" '.repeat(10_922));
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
