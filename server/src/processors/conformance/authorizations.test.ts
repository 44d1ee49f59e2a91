/**
 * What every processor must do with a card, run on each way to reach one. A connector joins by adding a row to `ways`.
 */
import { createSimulator, startSimulator } from "@istripe/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../processor.ts";
import { createSimulatorProcessor } from "../simulator/adapter.ts";
import {
  cardNumbered,
  failWith,
  openInProcess,
  openOverHttp,
  openTestVault,
  sealedCard,
  type Way,
  ways,
} from "./ways.ts";

describe.each(ways)("a processor %s", (_name, open) => {
  let way: Way;
  beforeEach(async () => {
    way = await open();
  });
  afterEach(() => way.close());

  const ask = (name: string): Promise<Outcome> =>
    way.processor.authorize(sealedCard(way.vault, name));

  test("approves a sealed card, its CVC and its address", async () => {
    const outcome = await ask("visa");
    expect(outcome).toMatchObject({
      kind: "approved",
      network: "visa",
      checks: { cvc: "pass", addressLine1: "pass", addressPostalCode: "pass" },
      risk: { level: "normal" },
      behaviour: null,
    });
    expect(outcome).toHaveProperty("authorizationCode", expect.stringMatching(/^\d{6}$/));
    expect(outcome).toHaveProperty("networkTransactionId", expect.stringMatching(/^\d{15}$/));
  });

  test("approves a card by its handle, without an address", async () => {
    const handle = way.vault.ingress.testCard("amex");
    if (handle === undefined) throw new Error("There is no test card amex.");
    const outcome = await way.processor.authorize({
      ...sealedCard(way.vault, "visa"),
      card: { kind: "handle", handle },
      addressLine1: null,
      addressZip: null,
    });
    expect(outcome).toMatchObject({
      kind: "approved",
      network: "amex",
      checks: { cvc: "pass", addressLine1: null, addressPostalCode: null },
    });
  });

  test.each([
    ["visa_chargeDeclined", "generic_decline", "try_again_later", null, "01"],
    ["visa_chargeDeclinedInsufficientFunds", "insufficient_funds", "try_again_later", "02", "51"],
    ["visa_chargeDeclinedLostCard", "lost_card", "do_not_try_again", "01", "41"],
    ["visa_chargeDeclinedStolenCard", "stolen_card", "do_not_try_again", "01", "43"],
    [
      "visa_chargeDeclinedVelocityLimitExceeded",
      "card_velocity_exceeded",
      "try_again_later",
      "02",
      "61",
    ],
    ["chargeDeclinedExpiredCard", "expired_card", "confirm_card_data", "03", "54"],
    ["chargeDeclinedIncorrectCvc", "incorrect_cvc", "confirm_card_data", "03", "N7"],
    ["chargeDeclinedProcessingError", "processing_error", "try_again_later", null, "06"],
    ["chargeCustomerFail", "generic_decline", "try_again_later", null, "01"],
    ["cvcCheckFail", "incorrect_cvc", "confirm_card_data", "03", "N7"],
    ["authenticationRequired", "authentication_required", null, null, null],
  ])("passes on the decline of %s", async (...row) => {
    const [name, reason, advice, networkAdvice, networkDecline] = row;
    const outcome = await ask(name);
    expect(outcome).toMatchObject({
      kind: "declined",
      reason,
      codes: { advice, networkAdvice, networkDecline },
      checks: { cvc: name === "cvcCheckFail" ? "fail" : "pass" },
    });
    expect(outcome).not.toHaveProperty("authorizationCode");
  });

  test("tells a block from a decline, and elevated risk from both", async () => {
    expect(await ask("radarBlock")).toMatchObject({
      kind: "blocked",
      reason: "fraudulent",
      checks: { cvc: "unavailable" },
      risk: { level: "highest" },
    });
    expect(await ask("riskLevelElevated")).toMatchObject({
      kind: "approved",
      risk: { level: "elevated" },
    });
  });

  test("says what a card will do later", async () => {
    expect(await ask("bypassPending")).toMatchObject({ behaviour: "bypass_pending" });
    expect(await ask("createDispute")).toMatchObject({ behaviour: "dispute_fraudulent" });
  });

  test("declines a card that is no test card, and never answers with its number", async () => {
    const outcome = await way.processor.authorize(cardNumbered(way.vault, "4111111111111111"));
    expect(outcome).toMatchObject({ kind: "declined", reason: "test_mode_live_card" });
    expect(JSON.stringify(outcome)).not.toContain("4111111111111111");
  });

  test("gives a reference its first outcome again, although the CVC is gone by then", async () => {
    const authorization = sealedCard(way.vault, "visa");
    const first = await way.processor.authorize(authorization);
    expect(await way.processor.authorize(authorization)).toEqual(first);
    expect(await way.processor.find(authorization.reference, false)).toEqual(first);
  });

  test("refuses a reference that comes back with another amount", async () => {
    const authorization = sealedCard(way.vault, "visa");
    const first = await way.processor.authorize(authorization);
    await expect(way.processor.authorize({ ...authorization, amount: 1 })).rejects.toThrow("409");
    expect(await way.processor.find(authorization.reference, false)).toEqual(first);
  });

  test("shows the CVC check as unavailable when the CVC was lost, and as absent when none was given", async () => {
    const used = sealedCard(way.vault, "visa");
    await way.processor.authorize(used);
    const again = { ...used, reference: `${used.reference}_again` };
    expect(await way.processor.authorize(again)).toMatchObject({ checks: { cvc: "unavailable" } });
    const saved = { ...used, reference: `${used.reference}_saved`, cvcGiven: false };
    expect(await way.processor.authorize(saved)).toMatchObject({ checks: { cvc: null } });
  });

  test("finds nothing under a reference that was never asked", async () => {
    expect(await way.processor.find("ch_never", false)).toBe("absent");
  });

  test("does not know the outcome when the processor is out of order; nothing was authorized", async () => {
    way.simulator.inject(failWith("error"));
    const authorization = sealedCard(way.vault, "visa");
    expect(await way.processor.authorize(authorization)).toEqual({
      kind: "unknown",
      reason: "failed",
      mayHaveHappened: true,
    });
    expect(await way.processor.find(authorization.reference, false)).toBe("absent");
    expect(await way.processor.authorize(authorization)).toMatchObject({ kind: "approved" });
  });

  test("finds the outcome that was lost on its way back, and does not authorize twice", async () => {
    way.simulator.inject(failWith("drop_after"));
    const authorization = sealedCard(way.vault, "visa");
    const lost = await way.processor.authorize(authorization);
    expect(lost).toMatchObject({ kind: "unknown", mayHaveHappened: true });
    const found = await way.processor.find(authorization.reference, false);
    expect(found).toMatchObject({ kind: "approved", checks: { cvc: "pass" } });
    expect(await way.processor.authorize(authorization)).toEqual(found);
  });

  test("never gives an address that spells a placeholder the card number", async () => {
    const authorization = sealedCard(way.vault, "visa");
    const outcome = await way.processor.authorize({
      ...authorization,
      addressLine1: "{{card.number}}",
      addressZip: "{{card.cvc}}",
    });
    expect(outcome.kind).toBe("approved");
    expect(JSON.parse(way.seen[0] ?? "")).toMatchObject({
      card: { address_line1: "{{card.number}}", address_zip: "{{card.cvc}}" },
    });
  });

  test("sends an address of any length and script", async () => {
    const authorization = sealedCard(way.vault, "visa");
    const addressLine1 = '"\\\u0000\ud800😀'.repeat(1000);
    expect(await way.processor.authorize({ ...authorization, addressLine1 })).toMatchObject({
      kind: "approved",
    });
  });

  test("never works in live mode", async () => {
    const authorization = { ...sealedCard(way.vault, "visa"), livemode: true };
    await expect(way.processor.authorize(authorization)).rejects.toThrow("live mode");
    await expect(way.processor.find(authorization.reference, true)).rejects.toThrow("live mode");
    expect(way.seen).toEqual([]);
  });

  test("does not take a sealed card of another account", async () => {
    const authorization = { ...sealedCard(way.vault, "visa"), accountId: "acct_2" };
    await expect(way.processor.authorize(authorization)).rejects.toThrow();
    expect(way.seen).toEqual([]);
  });
});

describe("in process", () => {
  test("authorizeNow may run again with its transaction's body, and forgetCvc ends that", async () => {
    const { vault, processor, close } = await openInProcess();
    const authorization = sealedCard(vault, "visa");
    const first = processor.authorizeNow?.(authorization);
    expect(first).toMatchObject({ kind: "approved", checks: { cvc: "pass" } });
    expect(processor.authorizeNow?.(authorization)).toEqual(first);
    const rerun = { ...authorization, reference: `${authorization.reference}_rerun` };
    expect(processor.authorizeNow?.(rerun)).toMatchObject({ checks: { cvc: "pass" } });
    processor.forgetCvc?.(authorization);
    const later = { ...authorization, reference: `${authorization.reference}_later` };
    expect(processor.authorizeNow?.(later)).toMatchObject({ checks: { cvc: "unavailable" } });
    await close();
  });
});

describe("over HTTP", () => {
  let way: Way;
  beforeEach(async () => {
    way = await openOverHttp();
  });
  afterEach(() => way.close());

  test("there is no authorizeNow: I/O must stay out of transactions", () => {
    expect(way.processor.authorizeNow).toBeUndefined();
  });

  test("a request cut off before it was worked on is unknown, then absent, and keeps its CVC for the next try", async () => {
    way.simulator.inject(failWith("drop_before"));
    const authorization = sealedCard(way.vault, "visa");
    expect(await way.processor.authorize(authorization)).toEqual({
      kind: "unknown",
      reason: "unreachable",
      mayHaveHappened: true,
    });
    expect(await way.processor.find(authorization.reference, false)).toBe("absent");
    expect(await way.processor.authorize(authorization)).toMatchObject({
      kind: "approved",
      checks: { cvc: "pass" },
    });
  });

  test("an answer that is too late is unknown, and found afterwards", async () => {
    way.simulator.inject(failWith("delay", 5000));
    const authorization = sealedCard(way.vault, "visa");
    expect(await way.processor.authorize(authorization)).toEqual({
      kind: "unknown",
      reason: "timeout",
      mayHaveHappened: true,
    });
    expect(await way.processor.find(authorization.reference, false)).toMatchObject({
      kind: "approved",
    });
  });

  test("a processor that is not there surely did nothing, and cannot be asked what it did", async () => {
    const gone = await startSimulator({ simulator: createSimulator(), port: 0 });
    await gone.close();
    const vault = openTestVault();
    const processor = createSimulatorProcessor(vault.egress, { url: gone.url });
    const authorization = sealedCard(vault, "visa");
    const unreachable = { kind: "unknown", reason: "unreachable" };
    expect(await processor.authorize(authorization)).toEqual({
      ...unreachable,
      mayHaveHappened: false,
    });
    expect(await processor.find(authorization.reference, false)).toEqual({
      ...unreachable,
      mayHaveHappened: true,
    });
    vault.close();
  });

  test("a find that is too late is unknown", async () => {
    const slow = await startSimulator({ simulator: createSimulator(), port: 0, delayMs: 5000 });
    const vault = openTestVault();
    const processor = createSimulatorProcessor(vault.egress, { url: slow.url, timeoutMs: 100 });
    expect(await processor.find("ch_1", false)).toMatchObject({
      kind: "unknown",
      reason: "timeout",
    });
    vault.close();
    await slow.close();
  });
});
