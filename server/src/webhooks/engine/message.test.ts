/**
 * A message is the event's text with the one number in it that changes, signed as it is sent; faults change only what
 * they say.
 */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { WebhookDeliveryRow } from "../deliveries/schema.ts";
import type { EventRow } from "../events/schema.ts";
import { createEventTexts, eventTextOf, messageOf } from "./message.ts";

const secret = `whsec_${"a".repeat(44)}`;
const nowMs = 1_700_000_000_000;
const delivery = { event: "evt_a", faults: null, id: "whd_a" } as WebhookDeliveryRow;
const text = { head: '{\n  "pending_webhooks": ', tail: "\n}" };
const about = { isStandard: false, nowMs, number: 2, pending: 3, secrets: [secret], text };

const signatureOf = (key: string, time: number, body: string): string =>
  createHmac("sha256", key).update(`${time}.${body}`).digest("hex");

describe("a message", () => {
  test("is the text with the count in its place, signed with each secret", () => {
    const other = `whsec_${"b".repeat(44)}`;
    const { body, headers } = messageOf(delivery, { ...about, secrets: [secret, other] });
    const sent = body.toString();
    expect(JSON.parse(sent)).toEqual({ pending_webhooks: 3 });
    const time = nowMs / 1000;
    expect(headers["Stripe-Signature"]).toBe(
      `t=${time},v1=${signatureOf(secret, time, sent)},v1=${signatureOf(other, time, sent)}`,
    );
    expect(headers).toMatchObject({ "Istripe-Attempt": "2", "Istripe-Delivery": "whd_a" });
    expect(headers["webhook-id"]).toBeUndefined();
  });

  test("carries the headers of Standard Webhooks where they are asked for", () => {
    const { headers } = messageOf(delivery, { ...about, isStandard: true });
    expect(headers["webhook-id"]).toBe("evt_a");
    expect(headers["webhook-signature"]).toMatch(/^v1,/);
  });

  test("that is tampered with is the same JSON and no longer what was signed", () => {
    const { body, headers } = messageOf({ ...delivery, faults: { tamper: true } }, about);
    expect(JSON.parse(body.toString())).toEqual({ pending_webhooks: 3 });
    const signed = signatureOf(secret, nowMs / 1000, body.toString());
    expect(headers["Stripe-Signature"]).not.toContain(signed);
  });

  test("that has expired is signed for a time long ago", () => {
    const { body, headers } = messageOf({ ...delivery, faults: { expire_timestamp: true } }, about);
    const time = nowMs / 1000 - 3600;
    expect(headers["Stripe-Signature"]).toBe(
      `t=${time},v1=${signatureOf(secret, time, body.toString())}`,
    );
  });
});

describe("an event's text", () => {
  const event = {} as EventRow;

  test("is cut at the event's own count, whatever stands inside its object", () => {
    const inner = '{"pending_webhooks": 0}';
    const written = JSON.stringify({ data: { inner }, pending_webhooks: 0, type: "x" }, null, 2);
    const { head, tail } = eventTextOf(event, () => written);
    expect(JSON.parse(`${head}7${tail}`)).toEqual({
      data: { inner },
      pending_webhooks: 7,
      type: "x",
    });
  });

  test("without a count is a bug that is not sent", () => {
    expect(() => eventTextOf(event, () => "{}")).toThrow("no pending_webhooks");
  });

  test("is kept, the oldest of too many going first", () => {
    const texts = createEventTexts();
    const large = { head: "x".repeat(5_000_000), tail: "" };
    for (const id of ["evt_1", "evt_2", "evt_3"]) texts.keep(id, large);
    expect(texts.find("evt_1")).toBeUndefined();
    expect(texts.find("evt_2")).toBe(large);
    expect(texts.find("evt_3")).toBe(large);
  });
});
