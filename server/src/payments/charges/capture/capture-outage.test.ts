/**
 * A processor behind a network that cuts the line while held money is captured or let go: it is captured once, nobody
 * is told before it is certain, and what a request could not settle the jobs do.
 */
import type { FaultAction } from "@istripe/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { testEngines } from "../../../testing/platform.ts";
import { openRemoteProcessor, type RemoteProcessor } from "../../../testing/remote-processor.ts";
import { createRefund } from "../../refunds/create.ts";
import { settleDueRefunds } from "../../refunds/settlement/due.ts";
import { createCharge } from "../create/create.ts";
import { answerWithinSeconds } from "../processor.ts";
import { charges } from "../schema.ts";
import { captureCharge } from "./capture.ts";
import { expireHolds } from "./expire.ts";

const actions = ["drop_before", "drop_after", "error"] as const;

describe.each(testEngines(inject("postgresUrl")))("a capture over a network on $name", (engine) => {
  let remote: RemoteProcessor;
  let context: RemoteProcessor["context"];
  let local: RemoteProcessor["local"];
  let platform: RemoteProcessor["platform"];
  let way: RemoteProcessor["way"];
  let id = "";
  let start = 0;
  beforeAll(async () => {
    remote = await openRemoteProcessor(engine);
    ({ context, local, platform, way } = remote);
  });
  afterAll(() => remote.close());
  beforeEach(async () => {
    const terms = { amount: 1000, capture: false, currency: "usd", source: "tok_visa" };
    ({ id } = await createCharge(context(), terms));
    start = local.ids.position();
  });

  const failing = (action: FaultAction, operation: "capture" | "release") =>
    way.simulator.inject({ action, count: 1, delayMs: 0, match: { operation } });
  const capture = (recovered: string | null = null) =>
    captureCharge(context(recovered), { amount: 600 }, id);
  const now = () =>
    local.database.committed.get(charges, { account_id: local.scope.accountId, id });
  const told = () => remote.eventTypesAfter(start);
  const fail = (_: string, error: unknown) => {
    throw error;
  };
  const expire = () => expireHolds(platform, local.scope, fail);
  const settle = () => settleDueRefunds(platform, local.scope, fail);
  /** What the processor did about this charge, by its own journal. */
  const done = () =>
    remote
      .doneAbout(id)
      .map(({ kind }) => kind)
      .filter((kind) => kind === "capture" || kind === "release");

  test("takes what it says and lets go of the rest", async () => {
    expect(await capture()).toMatchObject({ amount_captured: 600, captured: true });
    expect(done()).toEqual(["capture", "release"]);
    expect(await told()).toEqual(["charge.captured", "refund.created"]);
  });

  test.each(
    actions.flatMap((action) => [["capture", action] as const, ["release", action] as const]),
  )(
    "whose answer is lost (%s, %s) is noted, and the same key finishes it",
    async (operation, action) => {
      failing(action, operation);
      await expect(capture()).rejects.toMatchObject({ status: 500 });
      expect(await now()).toMatchObject({ amount_captured: 600, captured: false });
      expect(await told()).toEqual([]);
      const busy = { details: { code: "lock_timeout" }, status: 429 };
      await expect(captureCharge(context(), {}, id)).rejects.toMatchObject(busy);
      await expect(createRefund(context(), {}, id)).rejects.toMatchObject(busy);
      const finished = await capture(id);
      expect(finished).toMatchObject({ amount_captured: 600, captured: true });
      expect(await capture(id)).toEqual(finished);
      expect(done()).toEqual(["capture", "release"]);
      expect(await told()).toEqual(["charge.captured", "refund.created"]);
    },
  );

  test("that nobody comes back for is finished by the job, once", async () => {
    failing("drop_after", "capture");
    await expect(capture()).rejects.toMatchObject({ status: 500 });
    await expire();
    expect(await told()).toEqual([]);
    local.now += answerWithinSeconds;
    await Promise.all([expire(), expire()]);
    expect(await now()).toMatchObject({ capture_before: null, captured: true });
    expect(done()).toEqual(["capture", "release"]);
    expect(await told()).toEqual(["charge.captured", "refund.created"]);
  });

  test("in time is not needed where the hold is over: it is let go, whatever is lost", async () => {
    failing("drop_before", "release");
    local.now += 7 * 86_400;
    await expire();
    expect(await told()).not.toContain("charge.expired");
    expect(await now()).toMatchObject({ amount_refunded: 1000, captured: false });
    local.now += answerWithinSeconds;
    await settle();
    expect(done()).toEqual(["release"]);
    expect(await told()).toContain("charge.expired");
  });

  test("that the processor refuses leaves the charge as it was, and says so", async () => {
    // Held by another processor: this one never heard of it.
    const terms = { amount: 1000, capture: false, currency: "usd", source: "tok_visa" };
    const elsewhere = await createCharge(local.context(), terms);
    start = local.ids.position();
    await expect(captureCharge(context(), {}, elsewhere.id)).rejects.toMatchObject({
      details: { code: "charge_expired_for_capture" },
      status: 400,
    });
    const key = { account_id: local.scope.accountId, id: elsewhere.id };
    expect(await local.database.committed.get(charges, key)).toMatchObject({
      amount_captured: 0,
      amount_refunded: 0,
      capture_before: elsewhere.created + 7 * 86_400,
      captured: false,
    });
    expect(await told()).toEqual([]);
    // There is nothing to let go of, so it is let go.
    expect(await createRefund(context(), {}, elsewhere.id)).toMatchObject({ status: "succeeded" });
  });
});
