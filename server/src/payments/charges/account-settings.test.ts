/**
 * What an account's owner decides holds from the next charge on, and changes no charge of before.
 */
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type UpdateAccount, updateAccount } from "../../accounts/accounts/update.ts";
import {
  insertAccount,
  openTestPlatform,
  type TestPlatform,
  testEngines,
} from "../../testing/platform.ts";
import { retrieveBalance } from "../balance/retrieve.ts";
import { createCharge } from "./create/create.ts";
import { chargeResource } from "./resource.ts";
import { charges } from "./schema.ts";

describe.each(testEngines(inject("postgresUrl")))("account settings on $name", (engine) => {
  const opened: TestPlatform[] = [];
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await openTestPlatform(engine);
    opened.push(platform);
    await insertAccount(platform);
  });
  afterAll(() => Promise.all(opened.map((one) => one.release())));

  const change = (parameters: UpdateAccount) => updateAccount(platform.context(), parameters);
  const shown = async (id: string) => {
    const key = { account_id: platform.scope.accountId, id };
    const row = (await platform.database.committed.get(charges, key)) ?? expect.fail();
    return chargeResource.present(row, { now: platform.now }) as Record<string, unknown>;
  };
  const charge = async (about: object = {}) => {
    const asked = { amount: 2000, currency: "usd", source: "tok_visa", ...about };
    return shown((await createCharge(platform.context(), asked)).id);
  };

  test("say in which currency an account without any movement shows its balance", async () => {
    await change({ default_currency: "eur" });
    const { available, pending } = await retrieveBalance(platform.context());
    expect(available).toMatchObject([{ amount: 0, currency: "eur" }]);
    expect(pending).toMatchObject([{ amount: 0, currency: "eur" }]);
  });

  test("decide which cards come from abroad, for the fee", async () => {
    const fee = async (source: string) => {
      await charge({ source });
      const { pending } = await retrieveBalance(platform.context());
      return pending[0]?.amount;
    };
    expect(await fee("tok_visa")).toBe(1912);
    await change({ country: "DE" });
    expect(await fee("tok_visa")).toBe(1912 + 1882);
    expect(await fee("tok_de")).toBe(1912 + 1882 + 1912);
  });

  test("name the account on its cardholders' statements, from the next charge on", async () => {
    const before = await charge();
    expect(before).toMatchObject({ calculated_statement_descriptor: "ISTRIPE" });
    await change({ settings: { payments: { statement_descriptor: "Rocket Rides" } } });
    expect(await charge()).toMatchObject({
      calculated_statement_descriptor: "ROCKET RIDES",
      statement_descriptor: null,
    });
    expect(await charge({ statement_descriptor_suffix: "Moon" })).toMatchObject({
      calculated_statement_descriptor: "ROCKET RIDES* MOON",
    });
    expect(await charge({ statement_descriptor: "Other name" })).toMatchObject({
      calculated_statement_descriptor: "OTHER NAME",
    });
    expect(await shown(String(before["id"]))).toEqual(before);
  });
});
