/**
 * The life of a token: sealed once, used once, and without its card the moment it is used, deleted or expired.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { createCharge } from "../charges/create/create.ts";
import { createToken } from "./create.ts";
import { deleteToken } from "./delete.ts";
import { expireTokens } from "./expire.ts";
import { tokens } from "./schema.ts";
import { updateToken } from "./update.ts";

describe.each(testEngines(inject("postgresUrl")))("a token on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const make = () =>
    createToken(platform.context(), {
      card: {
        exp_month: "12",
        exp_year: "34",
        name: "Jenny Rosen",
        number: platform.card("4242424242424242", "123"),
      },
      metadata: { order: "6735" },
    });
  const stored = (id: string) =>
    platform.database.committed.get(tokens, { account_id: platform.scope.accountId, id });
  const charge = (source: string) =>
    createCharge(platform.context(), { amount: 500, currency: "usd", source });

  test("is sealed: what is stored does not hold the number in any plain form", async () => {
    const { id } = await make();
    const row = await stored(id);
    const sealed = Buffer.from(row?.sealed ?? []);
    expect(sealed.length).toBeGreaterThan(40);
    expect(sealed.includes("4242424242424242")).toBe(false);
    expect(JSON.stringify({ ...row, sealed: null })).not.toContain("42424242");
    expect(row).toMatchObject({ brand: "visa", exp_year: 2034, last4: "4242", status: "unused" });
  });

  test("pays once, loses its card in the same commit, and a second charge is refused", async () => {
    const { id } = await make();
    const paid = await charge(id);
    expect(paid).toMatchObject({ card_last4: "4242", cvc_check: "pass", status: "succeeded" });
    expect(await stored(id)).toMatchObject({ sealed: null, status: "used" });
    await expect(charge(id)).rejects.toMatchObject({
      details: { code: "token_already_used" },
      message: `You cannot use a Stripe token more than once: ${id}.`,
      status: 400,
    });
  });

  test("pays once however many charges race for it", async () => {
    const { id } = await make();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => charge(id)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        expect(outcome.reason).toMatchObject({ details: { code: "token_already_used" } });
      }
    }
  });

  test("can be changed while unused: expiry, name, address and metadata, leaf by leaf", async () => {
    const { id } = await make();
    await updateToken(
      platform.context(),
      {
        card: { address_zip: "94103", exp_month: "11", name: null },
        metadata: { a: "1", order: "" },
      },
      id,
    );
    expect(await stored(id)).toMatchObject({
      address: { line1: null, zip: "94103" },
      exp_month: 11,
      exp_year: 2034,
      metadata: { a: "1" },
      name: null,
    });
    await charge(id);
    await expect(updateToken(platform.context(), { metadata: {} }, id)).rejects.toMatchObject({
      details: { code: "token_already_used" },
    });
  });

  test("is destroyed when deleted, and pays for nothing afterwards", async () => {
    const { id } = await make();
    expect(await deleteToken(platform.context(), id)).toEqual({
      deleted: true,
      id,
      object: "token",
    });
    expect(await stored(id)).toMatchObject({ name: null, sealed: null, status: "deleted" });
    await expect(charge(id)).rejects.toMatchObject({
      details: { code: "resource_missing" },
      status: 400,
    });
    await expect(deleteToken(platform.context(), id)).rejects.toMatchObject({ status: 404 });
  });

  test("expires unused: refused from that second on, and swept of its card", async () => {
    const { id } = await make();
    platform.now += 600;
    await expect(charge(id)).rejects.toMatchObject({
      details: { code: "resource_missing" },
      message: `No such token: '${id}'; it expired without being used.`,
    });
    expect((await stored(id))?.sealed).not.toBeNull();
    await expireTokens(platform, platform.scope);
    expect(await stored(id)).toMatchObject({ sealed: null, status: "expired" });
    await expect(charge(id)).rejects.toMatchObject({ status: 400 });
  });

  test.each([
    ["4242424242424241", "incorrect_number", "number"],
    ["424242424242424", "invalid_number", "number"],
  ])("is refused for the number ending %s", async (number, code, param) => {
    const context = platform.context();
    const card = { exp_month: "12", exp_year: "34", number: platform.card(number, "123") };
    expect(() => createToken(context, { card })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ code, param }), status: 402 }),
    );
  });
});
