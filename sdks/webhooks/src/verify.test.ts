/**
 * The verification accepts what Stripe's own library signs, and nothing that differs from it by a byte.
 */
import fc from "fast-check";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import {
  makeEvent,
  secret,
  signed,
  standardHeaders,
} from "../../../tests/webhook-receivers/typescript/support/events.ts";
import { SignatureError } from "./signature-error.ts";
import { constructEvent, verifySignature } from "./verify.ts";

const other = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const now = 1_700_000_000;

function headerAt(payload: string, timestamp: number, by = secret): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp });
}

function refusal(verify: () => unknown): string {
  try {
    verify();
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    for (const hidden of [secret, other, "4242"]) expect(error.message).not.toContain(hidden);
    return error.code;
  }
  return "accepted";
}

describe("Stripe-Signature", () => {
  const payload = '{"id":"evt_1"}\r\n';
  const check = (header: string, options: object = {}, body: unknown = payload): string =>
    refusal(() =>
      verifySignature(
        body,
        { "stripe-signature": header },
        { nowSeconds: now, secret, ...options },
      ),
    );

  test("a delivery signed by Stripe's library is accepted, from bytes, text and a web request's headers", () => {
    const event = makeEvent();
    const { body, headers } = signed(event);
    expect(constructEvent(body, headers, { secret })).toEqual(event);
    expect(constructEvent(Buffer.from(body), new Headers(headers), { secret })).toEqual(event);
    expect(constructEvent(new TextEncoder().encode(body), headers, { secret })).toEqual(event);
  });

  test("while a secret is rolled, either secret and either of two signatures will do", () => {
    const both = `${headerAt(payload, now, other)},${headerAt(payload, now).split(",")[1]}`;
    expect(check(both)).toBe("accepted");
    expect(check(both, { secret: other })).toBe("accepted");
    expect(check(headerAt(payload, now, other), { secret: [secret, other] })).toBe("accepted");
    expect(check(headerAt(payload, now, other), { secret: [secret] })).toBe("signature_mismatch");
  });

  test("a changed byte of the body, a changed time and another secret are refused", () => {
    const header = headerAt(payload, now);
    expect(check(header, {}, payload.trim())).toBe("signature_mismatch");
    expect(check(header, {}, payload.replace("\r\n", "\n"))).toBe("signature_mismatch");
    expect(check(header.replace(`t=${now}`, `t=${now + 1}`))).toBe("signature_mismatch");
    expect(check(header, { secret: other })).toBe("signature_mismatch");
    expect(check(header, {}, "")).toBe("signature_mismatch");
    fc.assert(
      fc.property(fc.nat(payload.length - 1), fc.integer({ max: 255, min: 1 }), (at, change) => {
        const bytes = Buffer.from(payload);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(check(header, {}, bytes)).toBe("signature_mismatch");
      }),
    );
  });

  test("a signature counts for 300 seconds, or as long as is asked for", () => {
    expect(check(headerAt(payload, now - 300))).toBe("accepted");
    expect(check(headerAt(payload, now - 301))).toBe("timestamp_too_old");
    expect(check(headerAt(payload, now - 301), { toleranceSeconds: 400 })).toBe("accepted");
    expect(check(headerAt(payload, now + 4_000))).toBe("accepted");
  });

  test("an old signature that does not fit is called a mismatch, not old", () => {
    expect(check(headerAt(payload, now - 301, other))).toBe("signature_mismatch");
  });

  test.each([
    ["", "header_malformed"],
    ["t=", "header_malformed"],
    [`t=${now}`, "header_malformed"],
    [`t=${now},v0=${"a".repeat(64)}`, "header_malformed"],
    [`v1=${"a".repeat(64)}`, "header_malformed"],
    [`t=${now},t=${now},v1=${"a".repeat(64)}`, "header_malformed"],
    [`t=${now},v1=${"A".repeat(64)}`, "header_malformed"],
    [`t=${now},v1=${"a".repeat(63)}`, "header_malformed"],
    [`t=-1,v1=${"a".repeat(64)}`, "header_malformed"],
    ["x".repeat(9_000), "header_malformed"],
    [`t=${now},v1=${"a".repeat(64)}`, "signature_mismatch"],
  ])("%s is refused as %s", (header, code) => {
    expect(check(header)).toBe(code);
  });

  test("no text that anybody makes up is accepted, and none does anything but be refused", () => {
    fc.assert(fc.property(fc.string(), (header) => check(header) !== "accepted"));
  });

  test("a fake v0 signature beside a right v1 does no harm, and alone does no good", () => {
    const [time, v1] = headerAt(payload, now).split(",");
    const v0 = String(v1).replace("v1", "v0");
    expect(check(`${time},${v0},${v1}`)).toBe("accepted");
    expect(check(`${time},${v0}`)).toBe("header_malformed");
  });
});

describe("Standard Webhooks", () => {
  const body = JSON.stringify(makeEvent({ id: "evt_standard" }));
  const right = { body, id: "evt_standard", timestamp: now };
  const check = (headers: Record<string, string>): string =>
    refusal(() => verifySignature(body, headers, { nowSeconds: now, secret }));

  test("the same secret verifies webhook-signature, one or several", () => {
    const headers = standardHeaders(right);
    expect(check(headers)).toBe("accepted");
    const others = standardHeaders({ ...right, secret: other })["webhook-signature"];
    expect(
      check({ ...headers, "webhook-signature": `${others} ${headers["webhook-signature"]}` }),
    ).toBe("accepted");
    expect(check(standardHeaders({ ...right, secret: other }))).toBe("signature_mismatch");
  });

  test("the id and the time are signed too, and a time ahead is refused as one behind is", () => {
    const headers = standardHeaders(right);
    expect(check({ ...headers, "webhook-id": "evt_other" })).toBe("signature_mismatch");
    expect(check({ ...headers, "webhook-timestamp": String(now - 1) })).toBe("signature_mismatch");
    expect(check(standardHeaders({ ...right, timestamp: now - 301 }))).toBe("timestamp_too_old");
    expect(check(standardHeaders({ ...right, timestamp: now + 301 }))).toBe("timestamp_in_future");
  });

  test.each(["webhook-id", "webhook-timestamp"])("%s must be there", (name) => {
    const { [name]: _, ...headers } = standardHeaders(right);
    expect(check(headers)).toBe("header_malformed");
  });
});

test("a body that was parsed already is named as such, whatever the parser made of it", () => {
  const { headers } = signed(makeEvent());
  for (const body of [{ id: "evt_1" }, undefined, null, [1], 7])
    expect(refusal(() => constructEvent(body, headers, { secret }))).toBe("body_already_parsed");
});

test("without a header nothing is accepted", () => {
  expect(refusal(() => constructEvent("{}", {}, { secret }))).toBe("header_missing");
});

test.each([
  ["text", "hello"],
  ["a list", "[]"],
  ["no id", JSON.stringify({ ...makeEvent(), id: undefined })],
  ["an empty type", JSON.stringify({ ...makeEvent(), type: "" })],
  ["a time that is text", JSON.stringify({ ...makeEvent(), created: "now" })],
  ["no object", JSON.stringify({ ...makeEvent(), data: {} })],
])("what is signed but no event is refused: %s", (_name, body) => {
  const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
  const verify = () => constructEvent(body, { "stripe-signature": header }, { secret });
  expect(refusal(verify)).toBe("not_an_event");
});

test("a missing secret is the application's mistake; white space around one is forgiven", () => {
  const { body, headers } = signed(makeEvent());
  for (const missing of [undefined, "", " ", [], [secret, ""]])
    expect(() => constructEvent(body, headers, { secret: missing })).toThrow(/missing or empty/);
  expect(constructEvent(body, headers, { secret: ` ${secret}\n` })).toHaveProperty("id");
});

test("an API key in the secret's place is pointed out without being shown", () => {
  const { body, headers } = signed(makeEvent());
  const verify = () => constructEvent(body, headers, { secret: "sk_test_abc" });
  expect(verify).toThrow(/does not start with whsec_/);
  expect(verify).not.toThrow(/sk_test_abc/);
});
