/**
 * Settings that an account's owner changes are shown as they were given, and what cannot be is refused with the
 * parameter's name and changes nothing.
 */
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import {
  insertAccount,
  openTestPlatform,
  type TestPlatform,
  testEngines,
} from "../../testing/platform.ts";
import { accounts } from "./schema.ts";
import { type UpdateAccount, updateAccount } from "./update.ts";

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
  const stored = () =>
    platform.database.committed.get(accounts, { account_id: platform.scope.accountId });

  test("are shown as they were given, and what is not named stays", async () => {
    await change({ business_profile: { name: "Rocket Rides" }, email: "a@example.com" });
    const account = await change({
      country: "DE",
      default_currency: "eur",
      settings: { payments: { statement_descriptor: "ROCKET RIDES" } },
    });
    expect(account).toMatchObject({
      business_profile: { name: "Rocket Rides" },
      country: "DE",
      default_currency: "eur",
      email: "a@example.com",
      settings: {
        card_payments: {
          decline_on: { avs_failure: false, cvc_failure: true },
          statement_descriptor_prefix: "ROCKET RIDES",
        },
        payments: { statement_descriptor: "ROCKET RIDES" },
      },
    });
    expect(await change({ email: null })).toMatchObject({ country: "DE", email: null });
  });

  test.each([
    [{ country: "Germany" }, "country"],
    [{ country: "EU" }, "country"],
    [{ country: "de" }, "country"],
    [
      { settings: { payments: { statement_descriptor: "abc" } } },
      "settings[payments][statement_descriptor]",
    ],
    [
      { settings: { payments: { statement_descriptor: "rides*us" } } },
      "settings[payments][statement_descriptor]",
    ],
  ])("%o is refused and changes nothing", async (parameters, param) => {
    const before = await stored();
    const error = await change({ ...parameters, email: "b@example.com" }).catch((e: unknown) => e);
    expect(error).toMatchObject({ details: { param }, status: 400 });
    expect(await stored()).toEqual(before);
  });
});
