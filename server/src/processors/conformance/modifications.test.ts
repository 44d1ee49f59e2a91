/**
 * What every processor must do with money that it holds or has taken: each capture, release and refund happens once,
 * none beyond what was authorized, and each can be found again after its answer was lost.
 */
import { createSimulator, startSimulator } from "@istripe/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Capture, Refund, Release } from "../modifications.ts";
import { createSimulatorProcessor } from "../simulator/adapter.ts";
import {
  failWith,
  openInProcess,
  openOverHttp,
  openTestVault,
  sealedCard,
  type Way,
  ways,
} from "./ways.ts";

let nextReference = 1;
const livemode = false;

const captureOf = (authorization: string, amount = 2000): Capture => ({
  livemode,
  reference: `cap_${nextReference++}`,
  authorization,
  amount,
});
const releaseOf = (authorization: string): Release => ({
  livemode,
  reference: `rel_${nextReference++}`,
  authorization,
});
const refundOf = (authorization: string, change: Partial<Refund> = {}): Refund => ({
  livemode,
  reference: `re_${nextReference++}`,
  authorization,
  amount: 2000,
  currency: "usd",
  behaviour: null,
  ...change,
});
const refusedAs = (reason: string) => ({ kind: "refused", reason });
const succeeded = { kind: "refunded", status: "succeeded", later: null };

/** Authorizes 20 dollars of the card; gives the reference. */
async function authorized(way: Way, about: { name?: string; capture: boolean }): Promise<string> {
  const { name = "visa", capture } = about;
  const authorization = { ...sealedCard(way.vault, name), capture };
  await way.processor.authorize(authorization);
  return authorization.reference;
}

describe.each(ways)("a processor %s", (_name, open) => {
  let way: Way;
  beforeEach(async () => {
    way = await open();
  });
  afterEach(() => way.close());

  test("captures what is held, once for each reference", async () => {
    const capture = captureOf(await authorized(way, { capture: false }));
    const first = await way.processor.capture(capture);
    expect(first).toEqual({ kind: "captured" });
    expect(await way.processor.capture(capture)).toEqual(first);
    expect(await way.processor.findCapture(capture.reference, livemode)).toEqual(first);
  });

  test("releases what is held", async () => {
    const release = releaseOf(await authorized(way, { capture: false }));
    const first = await way.processor.release(release);
    expect(first).toEqual({ kind: "released" });
    expect(await way.processor.release(release)).toEqual(first);
    expect(await way.processor.findRelease(release.reference, livemode)).toEqual(first);
  });

  test("releases what a partial capture left", async () => {
    const reference = await authorized(way, { capture: false });
    expect(await way.processor.capture(captureOf(reference, 1500))).toEqual({ kind: "captured" });
    expect(await way.processor.release(releaseOf(reference))).toEqual({ kind: "released" });
  });

  test("refunds in parts what was captured", async () => {
    const reference = await authorized(way, { capture: true });
    const refund = refundOf(reference, { amount: 500 });
    expect(await way.processor.refund(refund)).toEqual(succeeded);
    expect(await way.processor.refund(refund)).toEqual(succeeded);
    expect(await way.processor.findRefund(refund.reference, livemode)).toEqual(succeeded);
    expect(await way.processor.refund(refundOf(reference, { amount: 1500 }))).toEqual(succeeded);
  });

  test("says what a refund comes to by itself", async () => {
    const behave = async (behaviour: string | null) => {
      const reference = await authorized(way, { capture: true });
      return way.processor.refund(refundOf(reference, { behaviour }));
    };
    expect(await behave("refund_pending")).toEqual({
      kind: "refunded",
      status: "pending",
      later: { status: "succeeded", reason: null, afterSeconds: 60 },
    });
    expect(await behave("refund_fail")).toEqual({
      kind: "refunded",
      status: "succeeded",
      later: { status: "failed", reason: "expired_or_canceled_card", afterSeconds: 60 },
    });
    expect(await behave("dispute_fraudulent")).toEqual(succeeded);
  });

  test("refuses to capture more than was authorized, what was declined, and what was taken at once", async () => {
    const held = await authorized(way, { capture: false });
    const tooMuch = await way.processor.capture(captureOf(held, 2001));
    expect(tooMuch).toEqual(refusedAs("amount_too_large"));
    const declined = await authorized(way, { name: "visa_chargeDeclined", capture: false });
    const never = refusedAs("not_authorized");
    expect(await way.processor.capture(captureOf(declined))).toEqual(never);
    expect(await way.processor.release(releaseOf(declined))).toEqual(never);
    expect(await way.processor.refund(refundOf(declined))).toEqual(never);
    const taken = await authorized(way, { capture: true });
    const already = refusedAs("already_captured");
    expect(await way.processor.capture(captureOf(taken))).toEqual(already);
    expect(await way.processor.release(releaseOf(taken))).toEqual(already);
  });

  test("refuses to refund more than was authorized, and another currency", async () => {
    const reference = await authorized(way, { capture: true });
    const tooMuch = refundOf(reference, { amount: 2001 });
    expect(await way.processor.refund(tooMuch)).toEqual(refusedAs("amount_too_large"));
    const foreign = refundOf(reference, { currency: "eur" });
    expect(await way.processor.refund(foreign)).toEqual(refusedAs("currency_mismatch"));
  });

  test("keeps a refusal under its reference", async () => {
    const tooMuch = captureOf(await authorized(way, { capture: false }), 2001);
    const refusal = await way.processor.capture(tooMuch);
    expect(await way.processor.capture(tooMuch)).toEqual(refusal);
    expect(await way.processor.findCapture(tooMuch.reference, livemode)).toEqual(refusal);
  });

  test("takes other terms under a used reference for a bug, and moves nothing", async () => {
    const reference = await authorized(way, { capture: false });
    const capture = captureOf(reference, 1500);
    await way.processor.capture(capture);
    await expect(way.processor.capture({ ...capture, amount: 1 })).rejects.toThrow("409");
    const refund = refundOf(reference, { amount: 100 });
    await way.processor.refund(refund);
    await expect(way.processor.refund({ ...refund, amount: 1 })).rejects.toThrow("409");
    await expect(way.processor.refund({ ...refund, behaviour: "x" })).rejects.toThrow("409");
    const release = releaseOf(reference);
    await way.processor.release(release);
    const elsewhere = { ...release, authorization: "ch_other" };
    await expect(way.processor.release(elsewhere)).rejects.toThrow("409");
  });

  test("finds nothing under references that were never asked, and none under another kind's", async () => {
    const capture = captureOf(await authorized(way, { capture: false }));
    await way.processor.capture(capture);
    expect(await way.processor.findCapture("cap_never", livemode)).toBe("absent");
    expect(await way.processor.findRelease(capture.reference, livemode)).toBe("absent");
    expect(await way.processor.findRefund(capture.reference, livemode)).toBe("absent");
    expect(await way.processor.find(capture.reference, livemode)).toBe("absent");
  });

  test("that is out of order does nothing, and can be asked again", async () => {
    const reference = await authorized(way, { capture: true });
    way.simulator.inject(failWith("error"));
    const refund = refundOf(reference);
    const failed = { kind: "unknown", reason: "failed", mayHaveHappened: true };
    expect(await way.processor.refund(refund)).toEqual(failed);
    expect(await way.processor.findRefund(refund.reference, livemode)).toBe("absent");
    expect(await way.processor.refund(refund)).toEqual(succeeded);
  });

  test("whose answer was lost is found to have acted, and does not act twice", async () => {
    const reference = await authorized(way, { capture: false });
    const capture = captureOf(reference, 1500);
    way.simulator.inject(failWith("drop_after"));
    expect(await way.processor.capture(capture)).toMatchObject({ kind: "unknown" });
    expect(await way.processor.findCapture(capture.reference, livemode)).toEqual({
      kind: "captured",
    });
    const release = releaseOf(reference);
    way.simulator.inject(failWith("drop_after"));
    expect(await way.processor.release(release)).toMatchObject({ kind: "unknown" });
    expect(await way.processor.release(release)).toEqual({ kind: "released" });
    const refund = refundOf(reference, { amount: 1500 });
    way.simulator.inject(failWith("drop_after"));
    expect(await way.processor.refund(refund)).toMatchObject({ kind: "unknown" });
    expect(await way.processor.findRefund(refund.reference, livemode)).toEqual(succeeded);
    expect(await way.processor.refund(refund)).toEqual(succeeded);
  });

  test("never works in live mode", async () => {
    const live = { livemode: true };
    const { processor } = way;
    for (const ask of [
      () => processor.capture({ ...captureOf("ch_1"), ...live }),
      () => processor.release({ ...releaseOf("ch_1"), ...live }),
      () => processor.refund({ ...refundOf("ch_1"), ...live }),
      () => processor.findCapture("cap_1", true),
      () => processor.findRelease("rel_1", true),
      () => processor.findRefund("re_1", true),
    ]) {
      await expect(ask()).rejects.toThrow("live mode");
    }
    expect(way.seen).toEqual([]);
  });
});

describe("in process", () => {
  let way: Way;
  beforeEach(async () => {
    way = await openInProcess();
  });
  afterEach(() => way.close());

  test("captureNow, releaseNow and refundNow answer at once, and again when a body runs again", async () => {
    const reference = await authorized(way, { capture: false });
    const [capture, release] = [captureOf(reference, 1500), releaseOf(reference)];
    const refund = refundOf(reference, { amount: 100 });
    for (let run = 0; run < 2; run++) {
      expect(way.processor.captureNow?.(capture)).toEqual({ kind: "captured" });
      expect(way.processor.releaseNow?.(release)).toEqual({ kind: "released" });
      expect(way.processor.refundNow?.(refund)).toEqual(succeeded);
    }
  });

  test("what a rolled back transaction asked for can be asked for again under a new reference", async () => {
    const reference = await authorized(way, { capture: false });
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(way.processor.captureNow?.(captureOf(reference))).toEqual({ kind: "captured" });
      expect(way.processor.refundNow?.(refundOf(reference))).toEqual(succeeded);
      expect(way.processor.releaseNow?.(releaseOf(reference))).toEqual({ kind: "released" });
    }
  });

  test("an authorization that is not remembered is taken at its caller's word", async () => {
    expect(way.processor.captureNow?.(captureOf("ch_old"))).toEqual({ kind: "captured" });
    expect(way.processor.refundNow?.(refundOf("ch_old"))).toEqual(succeeded);
    expect(way.processor.releaseNow?.(releaseOf("ch_old"))).toEqual({ kind: "released" });
  });
});

describe("over HTTP, where the processor keeps account", () => {
  let way: Way;
  beforeEach(async () => {
    way = await openOverHttp();
  });
  afterEach(() => way.close());

  test("there is nothing that ends in Now: I/O must stay out of transactions", () => {
    const names = Object.keys(way.processor).filter((name) => name.endsWith("Now"));
    expect(names).toEqual([]);
  });

  test("nothing is captured, released or refunded that was never authorized", async () => {
    const refused = refusedAs("not_authorized");
    expect(await way.processor.capture(captureOf("ch_never"))).toEqual(refused);
    expect(await way.processor.release(releaseOf("ch_never"))).toEqual(refused);
    expect(await way.processor.refund(refundOf("ch_never"))).toEqual(refused);
  });

  test("nothing is captured or released twice, nor captured after its release", async () => {
    const captured = await authorized(way, { capture: false });
    await way.processor.capture(captureOf(captured, 1500));
    const already = refusedAs("already_captured");
    expect(await way.processor.capture(captureOf(captured, 500))).toEqual(already);
    await way.processor.release(releaseOf(captured));
    const gone = refusedAs("already_released");
    expect(await way.processor.release(releaseOf(captured))).toEqual(gone);
    const released = await authorized(way, { capture: false });
    await way.processor.release(releaseOf(released));
    expect(await way.processor.capture(captureOf(released))).toEqual(gone);
  });

  test("nothing is refunded that was not captured, nor more than was", async () => {
    const reference = await authorized(way, { capture: false });
    const refund = refundOf(reference, { amount: 1500 });
    expect(await way.processor.refund(refund)).toEqual(refusedAs("not_captured"));
    await way.processor.capture(captureOf(reference, 1500));
    const parts = [1000, 600, 500].map((amount) => refundOf(reference, { amount }));
    const outcomes = [];
    for (const part of parts) outcomes.push(await way.processor.refund(part));
    expect(outcomes).toEqual([succeeded, refusedAs("amount_too_large"), succeeded]);
  });

  test("100 refunds at once give back what was captured and no more", async () => {
    const reference = await authorized(way, { capture: true });
    const refunds = Array.from({ length: 100 }, () => refundOf(reference, { amount: 300 }));
    const outcomes = await Promise.all(refunds.map((refund) => way.processor.refund(refund)));
    expect(outcomes.filter(({ kind }) => kind === "refunded")).toHaveLength(6);
  });

  test("a refund that will fail leaves its money to be refunded again", async () => {
    const reference = await authorized(way, { capture: true });
    const failing = refundOf(reference, { behaviour: "refund_fail" });
    expect(await way.processor.refund(failing)).toMatchObject({ later: { status: "failed" } });
    expect(await way.processor.refund(refundOf(reference))).toEqual(succeeded);
    expect(await way.processor.refund(refundOf(reference))).toEqual(refusedAs("amount_too_large"));
  });

  test("a processor that is not there surely did nothing, and cannot be asked what it did", async () => {
    const gone = await startSimulator({ simulator: createSimulator(), port: 0 });
    await gone.close();
    const vault = openTestVault();
    const processor = createSimulatorProcessor(vault.egress, { url: gone.url });
    const unreachable = { kind: "unknown", reason: "unreachable" };
    const refund = refundOf("ch_1");
    expect(await processor.refund(refund)).toEqual({ ...unreachable, mayHaveHappened: false });
    expect(await processor.findRefund(refund.reference, livemode)).toEqual({
      ...unreachable,
      mayHaveHappened: true,
    });
    vault.close();
  });

  test("a connection that breaks may have brought the request", async () => {
    const refund = refundOf(await authorized(way, { capture: true }));
    way.simulator.inject(failWith("drop_before"));
    expect(await way.processor.refund(refund)).toEqual({
      kind: "unknown",
      reason: "unreachable",
      mayHaveHappened: true,
    });
    expect(await way.processor.findRefund(refund.reference, livemode)).toBe("absent");
  });

  test("an answer that is too late is unknown, and found afterwards", async () => {
    const reference = await authorized(way, { capture: true });
    way.simulator.inject(failWith("delay", 5000));
    const refund = refundOf(reference);
    expect(await way.processor.refund(refund)).toEqual({
      kind: "unknown",
      reason: "timeout",
      mayHaveHappened: true,
    });
    expect(await way.processor.findRefund(refund.reference, livemode)).toEqual(succeeded);
  });
});
