/** A card is verified for nothing: which cards pass, that the CVC is spent, and that no money is held by it. */
import { testCards } from "@istripe/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Outcome, Verification } from "../processor.ts";
import { cardNumbered, failWith, openInProcess, sealedCard, type Way, ways } from "./ways.ts";

function verificationOf(way: Way, name: string): Verification {
  const { amount: _amount, capture: _capture, ...verification } = sealedCard(way.vault, name);
  return verification;
}

describe.each(ways)("a verification %s", (_name, open) => {
  let way: Way;
  beforeEach(async () => {
    way = await open();
  });
  afterEach(() => way.close());

  const verify = (name: string): Promise<Outcome> =>
    way.processor.verify(verificationOf(way, name));

  test("approves a card, its CVC and its address", async () => {
    expect(await verify("visa")).toMatchObject({
      kind: "approved",
      network: "visa",
      checks: { cvc: "pass", addressLine1: "pass", addressPostalCode: "pass" },
    });
  });

  test("asks for no money, even when it is given an authorization", async () => {
    await way.processor.verify(sealedCard(way.vault, "visa"));
    expect(JSON.parse(way.seen[0] ?? "")).toMatchObject({ amount: 0, capture: false });
  });

  test("answers for every test card as the table of cards says", async () => {
    for (const { number, expected } of testCards) {
      const outcome = await way.processor.verify(cardNumbered(way.vault, number));
      const { attach } = expected;
      const isRefused = attach !== "ok" && attach.when !== "postal_code_rule";
      expect({ number, kind: outcome.kind }).toEqual({
        number,
        kind: isRefused ? "declined" : "approved",
      });
      if (isRefused) expect(outcome).toMatchObject({ reason: attach.declineCode });
    }
  });

  test("approves the card that declines every charge, which it then does", async () => {
    const authorization = sealedCard(way.vault, "chargeCustomerFail");
    const verification = { ...authorization, reference: `${authorization.reference}_verified` };
    expect(await way.processor.verify(verification)).toMatchObject({ kind: "approved" });
    expect(await way.processor.authorize(authorization)).toMatchObject({
      kind: "declined",
      reason: "generic_decline",
    });
  });

  test("declines what is no test card", async () => {
    const authorization = cardNumbered(way.vault, "4111111111111111");
    expect(await way.processor.verify(authorization)).toMatchObject({
      kind: "declined",
      reason: "test_mode_live_card",
    });
  });

  test("uses up the CVC, and gives its reference the first outcome again", async () => {
    const verification = verificationOf(way, "visa");
    const first = await way.processor.verify(verification);
    expect(await way.processor.verify(verification)).toEqual(first);
    expect(await way.processor.find(verification.reference, false)).toEqual(first);
    const again = { ...verification, reference: `${verification.reference}_again` };
    expect(await way.processor.verify(again)).toMatchObject({ checks: { cvc: "unavailable" } });
  });

  test("holds nothing that could be captured or refunded", async () => {
    const { reference } = verificationOf(way, "visa");
    await way.processor.verify({ ...verificationOf(way, "visa"), reference });
    const about = { livemode: false, authorization: reference, amount: 1 };
    const refused = { kind: "refused", reason: "not_authorized" };
    expect(await way.processor.capture({ ...about, reference: "cap_1" })).toEqual(refused);
    const refund = { ...about, reference: "re_1", currency: "usd", behaviour: null };
    expect(await way.processor.refund(refund)).toEqual(refused);
  });

  test("whose answer was lost is found", async () => {
    way.simulator.inject(failWith("drop_after"));
    const verification = verificationOf(way, "visa");
    expect(await way.processor.verify(verification)).toMatchObject({ kind: "unknown" });
    expect(await way.processor.find(verification.reference, false)).toMatchObject({
      kind: "approved",
      checks: { cvc: "pass" },
    });
  });

  test("never works in live mode", async () => {
    const verification = { ...verificationOf(way, "visa"), livemode: true };
    await expect(way.processor.verify(verification)).rejects.toThrow("live mode");
    expect(way.seen).toEqual([]);
  });
});

test("in process, verifyNow may run again with its transaction's body, and forgetCvc ends that", async () => {
  const way = await openInProcess();
  const verification = verificationOf(way, "visa");
  const first = way.processor.verifyNow?.(verification);
  expect(first).toMatchObject({ kind: "approved", checks: { cvc: "pass" } });
  expect(way.processor.verifyNow?.(verification)).toEqual(first);
  const rerun = { ...verification, reference: `${verification.reference}_rerun` };
  expect(way.processor.verifyNow?.(rerun)).toMatchObject({ checks: { cvc: "pass" } });
  way.processor.forgetCvc?.(verification);
  const later = { ...verification, reference: `${verification.reference}_later` };
  expect(way.processor.verifyNow?.(later)).toMatchObject({ checks: { cvc: "unavailable" } });
  await way.close();
});
