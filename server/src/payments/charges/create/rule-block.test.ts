/**
 * What an account's rules refuse is refused although the issuer agreed, and no money stays with anybody: not after a
 * lost answer, and not when the rule was turned off in between.
 */
import type { FaultAction } from "@istripe/simulator";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { updateAccount } from "../../../accounts/accounts/update.ts";
import type { Context } from "../../../context.ts";
import { insertAccount, testEngines } from "../../../testing/platform.ts";
import { openRemoteProcessor, type RemoteProcessor } from "../../../testing/remote-processor.ts";
import { verifyLedger } from "../../balance/verify/verify.ts";
import { createCustomer } from "../../customers/create.ts";
import { chargeResource } from "../resource.ts";
import { charges } from "../schema.ts";
import { createCharge } from "./create.ts";

const wrongZip = "4000000000000036";

describe.each(testEngines(inject("postgresUrl")))("a rule on $name", (engine) => {
  let opened: RemoteProcessor;
  let platform: RemoteProcessor["local"];
  let remote: RemoteProcessor["context"];
  let way: RemoteProcessor["way"];
  beforeAll(async () => {
    opened = await openRemoteProcessor(engine);
    ({ context: remote, local: platform, way } = opened);
    await insertAccount(platform);
  });
  afterAll(() => opened.close());

  const setRule = (avs_failure: boolean) =>
    updateAccount(platform.context(), {
      settings: { card_payments: { decline_on: { avs_failure } } },
    });
  const cardOf = (context: Context, number = wrongZip) => {
    const { cards } = context.vault.ingress.cut(Buffer.from(`card[number]=${number}`));
    const [card = expect.fail()] = cards;
    return { address_zip: "94043", exp_month: "12", exp_year: "34", number: card };
  };
  const charge = (context: Context, about: { capture?: boolean; number?: string } = {}) => {
    const { capture = true, number } = about;
    const source = cardOf(context, number);
    return createCharge(context, { amount: 1000, capture, currency: "usd", source });
  };
  const refusal = {
    details: { code: "incorrect_zip", declineCode: "incorrect_zip", param: "address_zip" },
    status: 402,
  };
  const refused = async (made: Promise<unknown>) => {
    const error = (await made.catch((thrown: unknown) => thrown)) as {
      details: { charge: string };
    };
    expect(error).toMatchObject(refusal);
    const key = { account_id: platform.scope.accountId, id: error.details.charge };
    return (await platform.database.committed.get(charges, key)) ?? expect.fail();
  };
  /** What the processor says of the charge in its own journal. */
  const journal = (chargeId: string) => opened.doneAbout(chargeId).map(({ kind }) => kind);

  test("that is off lets a charge with a wrong postal code through, and says what was wrong", async () => {
    for (const context of [platform.context(), remote()]) {
      expect(await charge(context)).toMatchObject({
        address_zip_check: "fail",
        status: "succeeded",
      });
    }
  });

  test("that is on refuses it, keeps the failed charge, and says that the bank had agreed", async () => {
    await setRule(true);
    const row = await refused(charge(platform.context()));
    expect(chargeResource.present(row, { now: platform.now })).toMatchObject({
      balance_transaction: null,
      captured: false,
      failure_code: "incorrect_zip",
      outcome: {
        network_status: "reversed_after_approval",
        reason: "rule",
        risk_level: "normal",
        type: "blocked",
      },
      paid: false,
      status: "failed",
    });
    expect(await charge(platform.context(), { number: "4242424242424242" })).toMatchObject({
      status: "succeeded",
    });
  });

  test("keeps no card of a customer whose postal code is wrong", async () => {
    await setRule(true);
    const source = cardOf(platform.context());
    await expect(createCustomer(platform.context(), { source })).rejects.toMatchObject({
      ...refusal,
    });
  });

  test("gives back what a processor behind a network has taken or held", async () => {
    await setRule(true);
    const taken = await refused(charge(remote()));
    expect(journal(taken.id)).toContain("refund");
    const held = await refused(charge(remote(), { capture: false }));
    expect(journal(held.id)).toContain("release");
    expect(held.capture_before).toBeNull();
  });

  test.each(["drop_before", "drop_after"] as FaultAction[])(
    "gives it back once when the answer is lost (%s), and refuses even if it is turned off meanwhile",
    async (action) => {
      await setRule(true);
      way.simulator.inject({ action, count: 1, delayMs: 0, match: { operation: "refund" } });
      let chargeId = "";
      const context = remote();
      const noting: Context = {
        ...context,
        phase: (recovery, body) => {
          chargeId = recovery;
          return context.phase(recovery, body);
        },
      };
      await expect(charge(noting)).rejects.toMatchObject({ status: 500 });
      const key = { account_id: platform.scope.accountId, id: chargeId };
      expect(await platform.database.committed.get(charges, key)).toMatchObject({
        status: "pending",
      });
      // The refund never reached the processor, or its answer was lost.
      if (action === "drop_after") await setRule(false);
      const row = await refused(charge(remote(chargeId)));
      expect(row).toMatchObject({ id: chargeId, status: "failed" });
      expect(journal(chargeId).filter((kind) => kind === "refund")).toHaveLength(1);
    },
  );

  test("leaves the books in order", async () => {
    const report = await verifyLedger(platform.database.committed, platform.scope);
    expect(report.differences).toEqual([]);
  });
});
