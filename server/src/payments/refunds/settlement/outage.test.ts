/**
 * A processor behind a network that cuts the line: whatever is lost, money is given back once, nobody is told before
 * it is certain, and what a request could not settle the job does.
 */
import type { FaultAction } from "@istripe/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { testEngines } from "../../../testing/platform.ts";
import { openRemoteProcessor, type RemoteProcessor } from "../../../testing/remote-processor.ts";
import { balanceTransactions } from "../../balance/schema.ts";
import { verifyLedger } from "../../balance/verify/verify.ts";
import { createCharge } from "../../charges/create/create.ts";
import { answerWithinSeconds } from "../../charges/processor.ts";
import { charges } from "../../charges/schema.ts";
import { createRefund } from "../create.ts";
import { refundsOfCharge } from "../of-charge.ts";
import { refundResource } from "../resource.ts";
import type { RefundRow } from "../schema.ts";
import { settleDueRefunds } from "./due.ts";

describe.each(testEngines(inject("postgresUrl")))("a refund over a network on $name", (engine) => {
  let remote: RemoteProcessor;
  let context: RemoteProcessor["context"];
  let local: RemoteProcessor["local"];
  let platform: RemoteProcessor["platform"];
  let way: RemoteProcessor["way"];
  let chargeId = "";
  let start = 0;
  beforeAll(async () => {
    remote = await openRemoteProcessor(engine);
    ({ context, local, platform, way } = remote);
  });
  afterAll(() => remote.close());
  beforeEach(async () => {
    const made = await createCharge(context(), {
      amount: 1000,
      currency: "usd",
      source: "tok_visa",
    });
    chargeId = made.id;
    start = local.ids.position();
  });

  const failing = (action: FaultAction, count = 1) =>
    way.simulator.inject({ action, count, delayMs: 0, match: { operation: "refund" } });
  const refund = (recovered: string | null = null) =>
    createRefund(context(recovered), { amount: 400, charge: chargeId });
  const refundsNow = async () => {
    const { rows } = await refundsOfCharge.load(local.database.committed, local.scope, chargeId);
    return rows as RefundRow[];
  };
  const amountRefunded = async () => {
    const key = { account_id: local.scope.accountId, id: chargeId };
    return (await local.database.committed.get(charges, key))?.amount_refunded;
  };
  const told = () => remote.eventTypesAfter(start);
  const settle = () =>
    settleDueRefunds(platform, local.scope, (_, error) => {
      throw error;
    });
  /** What the processor gave back of this charge, by its own journal. */
  const givenBack = () =>
    remote
      .doneAbout(chargeId)
      .filter(({ kind }) => kind === "refund")
      .map(({ amount }) => amount);

  test("is told of once it is certain, and moves what it says", async () => {
    const made = await refund();
    expect(made.status).toBe("succeeded");
    expect(await told()).toEqual(["charge.refunded", "refund.created"]);
    expect(givenBack()).toEqual([400]);
    const key = { account_id: local.scope.accountId, id: made.balance_transaction ?? "" };
    expect(await local.database.committed.get(balanceTransactions, key)).toMatchObject({
      amount: -400,
    });
  });

  test.each(["drop_before", "drop_after", "error"] as const)(
    "whose answer is lost (%s) keeps its amount set aside, and the same key finishes it",
    async (action) => {
      failing(action);
      await expect(refund()).rejects.toMatchObject({ status: 500 });
      const [begun] = await refundsNow();
      expect(begun).toMatchObject({ balance_transaction: null, status: "pending" });
      expect(await amountRefunded()).toBe(400);
      expect(await told()).toEqual([]);
      await expect(
        createRefund(context(), { amount: 700, charge: chargeId }),
      ).rejects.toMatchObject({ details: { param: "amount" } });
      const finished = await refund(begun?.id ?? "");
      expect(finished).toMatchObject({ id: begun?.id, status: "succeeded" });
      expect(await refund(begun?.id ?? "")).toEqual(finished);
      expect(await told()).toEqual(["charge.refunded", "refund.created"]);
      expect(givenBack()).toEqual([400]);
      expect(await amountRefunded()).toBe(400);
    },
  );

  test("that nobody comes back for is finished by the job, once", async () => {
    failing("drop_after");
    await expect(refund()).rejects.toMatchObject({ status: 500 });
    await settle();
    expect(await told()).toEqual([]);
    local.now += answerWithinSeconds;
    await Promise.all([settle(), settle()]);
    expect(await told()).toEqual(["charge.refunded", "refund.created"]);
    expect(await refundsNow()).toMatchObject([
      { later: { status: "referenced" }, status: "succeeded" },
    ]);
    expect(givenBack()).toEqual([400]);
  });

  test("that cannot be settled now is looked at again later", async () => {
    failing("drop_before", 2);
    await expect(refund()).rejects.toMatchObject({ status: 500 });
    local.now += answerWithinSeconds;
    await settle();
    expect(await refundsNow()).toMatchObject([{ due: local.now + 60, status: "pending" }]);
    await settle();
    expect(givenBack()).toEqual([]);
    local.now += 60;
    await settle();
    expect(await refundsNow()).toMatchObject([
      { later: { status: "referenced" }, status: "succeeded" },
    ]);
    expect(givenBack()).toEqual([400]);
  });

  test("that the processor refuses has failed, and its amount can be refunded again", async () => {
    // Charged by another processor: this one never heard of it.
    const terms = { amount: 1000, currency: "usd", source: "tok_visa" };
    ({ id: chargeId } = await createCharge(local.context(), terms));
    start = local.ids.position();
    const made = await refund();
    expect(refundResource.present(made, { now: 0 })).toMatchObject({
      balance_transaction: null,
      failure_reason: "declined",
      status: "failed",
    });
    expect(await amountRefunded()).toBe(0);
    expect(await told()).toEqual(["refund.created", "refund.failed"]);
    const { differences } = await verifyLedger(local.database.committed, local.scope);
    expect(differences).toEqual([]);
  });
});
