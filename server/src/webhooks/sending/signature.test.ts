/** The guarantees of the signatures: what the official library verifies, and what Standard Webhooks prescribes. */
import { createHmac, randomBytes } from "node:crypto";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { standardSignature, stripeSignature } from "./signature.ts";

const secretOf = (): string => `whsec_${randomBytes(32).toString("base64")}`;
const body = '{"id":"evt_1","object":"event","note":"é"}';
const now = (): number => Math.floor(Date.now() / 1000);
const { webhooks } = new Stripe("sk_test_1");

describe("Stripe-Signature", () => {
  test("the official library verifies it, of bytes as of text", () => {
    const secret = secretOf();
    for (const sent of [body, Buffer.from(body)]) {
      const header = stripeSignature({ body: sent, secrets: [secret], timestamp: now() });
      expect(webhooks.constructEvent(Buffer.from(body), header, secret)).toMatchObject({
        id: "evt_1",
      });
    }
  });

  test("two secrets give two signatures, and each secret verifies", () => {
    const secrets = [secretOf(), secretOf()];
    const header = stripeSignature({ body, secrets, timestamp: now() });
    expect(header).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
    for (const secret of secrets) webhooks.constructEvent(body, header, secret);
  });

  test("another secret, another body and another time do not verify", () => {
    const secret = secretOf();
    const header = stripeSignature({ body, secrets: [secret], timestamp: now() });
    expect(() => webhooks.constructEvent(body, header, secretOf())).toThrow(/signature/);
    expect(() => webhooks.constructEvent(`${body} `, header, secret)).toThrow(/signature/);
    const later = header.replace(/t=\d+/, `t=${now() + 1}`);
    expect(() => webhooks.constructEvent(body, later, secret)).toThrow(/signature/);
  });

  test("nothing is signed with nothing", () => {
    expect(() => stripeSignature({ body, secrets: [], timestamp: 1 })).toThrow(/signature/);
  });
});

describe("Standard Webhooks", () => {
  test("the key is what the part behind the prefix stands for", () => {
    const key = randomBytes(32);
    const headers = standardSignature({
      body,
      id: "evt_1",
      secrets: [`whsec_${key.toString("base64")}`],
      timestamp: 1_700_000_000,
    });
    const expected = createHmac("sha256", key).update(`evt_1.1700000000.${body}`).digest("base64");
    expect(headers).toEqual({
      "webhook-id": "evt_1",
      "webhook-signature": `v1,${expected}`,
      "webhook-timestamp": "1700000000",
    });
  });

  test("agrees with the specification's own example", () => {
    const headers = standardSignature({
      body: '{"test": 2432232314}',
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
      timestamp: 1_614_265_330,
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("two secrets give two signatures, separated by a blank", () => {
    const headers = standardSignature({
      body,
      id: "evt_1",
      secrets: [secretOf(), secretOf()],
      timestamp: 1,
    });
    expect(headers["webhook-signature"]).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
  });

  test("a secret without the prefix is refused, because its key would be another one", () => {
    const secrets = [randomBytes(32).toString("base64")];
    expect(() => standardSignature({ body, id: "evt_1", secrets, timestamp: 1 })).toThrow(/whsec_/);
  });
});
