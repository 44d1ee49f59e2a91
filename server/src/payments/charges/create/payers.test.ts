/**
 * Who pays for a charge: a customer by his default card or one that he keeps, or the fields of a card. A card of
 * somebody else's pays nothing, and neither does one that was deleted.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Context } from "../../../context.ts";
import { openOverHttp } from "../../../processors/conformance/ways.ts";
import { columnsOf, defineQuery } from "../../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../../testing/platform.ts";
import { attachCard } from "../../cards/attach.ts";
import { deleteCard } from "../../cards/delete.ts";
import { createCustomer } from "../../customers/create.ts";
import { deleteCustomer } from "../../customers/delete.ts";
import { createToken } from "../../tokens/create.ts";
import { type TokenRow, tokens } from "../../tokens/schema.ts";
import { chargeResource } from "../resource.ts";
import { type ChargeRow, type CreateCharge, charges } from "../schema.ts";
import { createCharge } from "./create.ts";
import { recoverCharges, recoveryStart } from "./recover.ts";

const tokensWithCards = defineQuery<{ accountId: string }, TokenRow>(
  [tokens],
  (param) => `select ${columnsOf(tokens)} from tokens
    where account_id = ${param("accountId")} and sealed is not null`,
);

const chargesOf = defineQuery<{ accountId: string; customer: string }, ChargeRow>(
  [charges],
  (param) => `select ${columnsOf(charges)} from charges
    where account_id = ${param("accountId")} and customer = ${param("customer")}
    order by position desc`,
);

const chargesOfToken = defineQuery<{ accountId: string; token: string }, ChargeRow>(
  [charges],
  (param) => `select ${columnsOf(charges)} from charges
    where account_id = ${param("accountId")} and source_token = ${param("token")}`,
);

const dollars = (parameters: Partial<CreateCharge>): CreateCharge => ({
  amount: 2000,
  currency: "usd",
  ...parameters,
});

describe.each(testEngines(inject("postgresUrl")))("a charge on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const charge = (parameters: Partial<CreateCharge>) =>
    createCharge(platform.context(), dollars(parameters));
  const customer = (source?: string) =>
    createCustomer(platform.context(), source === undefined ? {} : { source });
  const attach = (id: string, source: string) => attachCard(platform.context(), { source }, id);
  const fields = (number: string) => ({
    address_zip: "94110",
    exp_month: "12",
    exp_year: "34",
    name: "Jenny Rosen",
    number: platform.card(number, "123"),
  });
  const shown = (row: ChargeRow) =>
    chargeResource.present(row, { now: platform.now }) as Record<string, unknown>;
  const key = (id: string) => ({ account_id: platform.scope.accountId, id });

  test("of a customer is paid by his default card, again and again", async () => {
    const jenny = await customer("tok_mastercard");
    for (let time = 0; time < 2; time++) {
      const paid = await charge({ customer: jenny.id });
      expect(paid).toMatchObject({ source_card: jenny.default_source, source_token: null });
      expect(shown(paid)).toMatchObject({
        customer: jenny.id,
        payment_method: jenny.default_source,
        source: { brand: "MasterCard", customer: jenny.id, id: jenny.default_source },
        status: "succeeded",
      });
      expect(shown(paid)["source"]).not.toHaveProperty("networks");
    }
  });

  test("of a customer is paid by the card of his that is named", async () => {
    const jenny = await customer("tok_visa");
    const second = await attach(jenny.id, "tok_amex");
    const paid = await charge({ customer: jenny.id, source: second.id });
    expect(paid).toMatchObject({ card_brand: "amex", card_id: second.id, customer: jenny.id });
    const byOtherName = await charge({ card: second.id, customer: jenny.id });
    expect(byOtherName.card_id).toBe(second.id);
  });

  test("of a customer who has no card is declined as missing", async () => {
    const poor = await customer();
    await expect(charge({ customer: poor.id })).rejects.toMatchObject({
      details: { code: "missing", param: "card" },
      message: "Cannot charge a customer that has no active card",
      status: 402,
      type: "card_error",
    });
  });

  test("is not paid by the card of another customer, by a token, or by a card of nobody", async () => {
    const [jenny, john] = await Promise.all([customer("tok_visa"), customer("tok_amex")]);
    const token = await createToken(platform.context(), { card: fields("4242424242424242") });
    const johns = john.default_source ?? "";
    for (const source of [johns, token.id, "tok_visa", "card_unknown", "card\0"]) {
      await expect(charge({ customer: jenny.id, source })).rejects.toMatchObject({
        details: { code: "missing", param: "source" },
        status: 404,
        type: "invalid_request_error",
      });
    }
    await expect(charge({ customer: jenny.id, source: johns })).rejects.toThrow(
      `Customer ${jenny.id} does not have a linked source with ID ${johns}.`,
    );
    await expect(charge({ source: johns })).rejects.toMatchObject({
      details: { code: "resource_missing", param: "source" },
    });
    // The token is as good as before.
    expect((await charge({ source: token.id })).status).toBe("succeeded");
  });

  test("is not paid by a card that was deleted, nor by a customer who was", async () => {
    const jenny = await customer("tok_visa");
    const second = await attach(jenny.id, "tok_amex");
    await deleteCard(platform.context(), { customer: jenny.id, id: second.id });
    await expect(charge({ customer: jenny.id, source: second.id })).rejects.toMatchObject({
      details: { code: "missing" },
      status: 404,
    });
    await deleteCustomer(platform.context(), jenny.id);
    await expect(charge({ customer: jenny.id })).rejects.toMatchObject({
      details: { code: "resource_missing", param: "customer" },
      status: 400,
    });
  });

  test("is paid by the fields of a card, of which nothing that opens is kept", async () => {
    const paid = await charge({ card: fields("5555555555554444") });
    expect(paid).toMatchObject({
      address_zip_check: "pass",
      card_last4: "4444",
      cardholder_name: "Jenny Rosen",
      customer: null,
      cvc_check: "pass",
    });
    expect((await charge({ source: fields("4242424242424242") })).card_last4).toBe("4242");
    await expect(charge({ source: fields("4000000000000002") })).rejects.toMatchObject({
      details: { code: "card_declined" },
      status: 402,
    });
    const { accountId } = platform.scope;
    expect(await platform.database.committed.select(tokensWithCards, { accountId })).toEqual([]);
  });

  test("is paid by the fields of a card over a network, whatever is lost", async () => {
    const way = await openOverHttp();
    const over: Context = {
      ...platform.context(),
      processorOf: () => way.processor,
      vault: way.vault,
    };
    const { cards } = way.vault.ingress.cut(
      Buffer.from("card[number]=5555555555554444&card[cvc]=123"),
    );
    const [number] = cards;
    if (number === undefined) throw new Error("the vault cut no card out of the body");
    const match = { operation: "authorization" } as const;
    way.simulator.inject({ action: "drop_before", count: 1, delayMs: 0, match });
    const { exp_month, exp_year } = fields("4242424242424242");
    const card = { exp_month, exp_year, number };
    await expect(createCharge(over, dollars({ card }))).rejects.toMatchObject({ status: 500 });
    const { accountId } = platform.scope;
    const [kept] = await platform.database.committed.select(tokensWithCards, { accountId });
    expect(kept).toMatchObject({ last4: "4444", status: "used" });
    platform.now += 61;
    const left = { ...platform, processorOf: over.processorOf, vault: over.vault };
    const onFailure = (_: string, error: unknown) => {
      throw error;
    };
    await recoverCharges(left, platform.scope, { after: recoveryStart, onFailure });
    const [paid] = await platform.database.committed.select(chargesOfToken, {
      accountId,
      token: kept?.id ?? "",
    });
    expect(paid).toMatchObject({ card_last4: "4444", status: "succeeded" });
    expect(await platform.database.committed.select(tokensWithCards, { accountId })).toEqual([]);
    await way.close();
  });

  test("needs one payer and no more", async () => {
    await expect(charge({})).rejects.toMatchObject({
      details: { code: "parameter_missing" },
      message: "Must provide source or customer.",
    });
    const jenny = await customer("tok_visa");
    await expect(
      charge({ customer: jenny.id, source: fields("4242424242424242") }),
    ).rejects.toMatchObject({ details: { code: "parameters_exclusive" }, status: 400 });
  });

  test.each([
    ["isk", 1050],
    ["ugx", 10_001],
    ["kwd", 1005],
  ])("in %s is of whole units", async (currency, amount) => {
    await expect(charge({ amount, currency, source: "tok_visa" })).rejects.toMatchObject({
      details: { param: "amount" },
      status: 400,
    });
  });

  test.each([
    ["statement_descriptor", "TEA", "must be at least 5 characters"],
    ["statement_descriptor", "12345", "must contain at least one letter"],
    ["statement_descriptor", "TEA <SHOP>", "may not contain"],
    ["statement_descriptor_suffix", "42", "must contain at least one letter"],
    ["statement_descriptor_suffix", "TEA*", "may not contain"],
  ])("is not made with the %s %s", async (param, text, sentence) => {
    const made = charge({ [param]: text, source: "tok_visa" });
    await expect(made).rejects.toMatchObject({ details: { param }, status: 400 });
    await expect(made).rejects.toThrow(sentence);
  });

  test("has a receipt of its own once it is paid, and none when it failed", async () => {
    const [one, other] = [
      await charge({ source: "tok_visa" }),
      await charge({ source: "tok_visa" }),
    ];
    expect(shown(one)["receipt_url"]).toMatch(
      /^https:\/\/pay\.stripe\.com\/receipts\/payment\/\w{24}$/,
    );
    expect(shown(one)["receipt_url"]).not.toBe(shown(other)["receipt_url"]);
    const failure = await charge({ source: "tok_chargeDeclined" }).catch((error) => error);
    const failed = await platform.database.committed.get(charges, key(failure.details.charge));
    expect(failed).toMatchObject({ receipt: null, status: "failed" });
  });

  test("that a crash left pending is paid by the customer's card, or fails when it is gone", async () => {
    const way = await openOverHttp();
    const over: Context = {
      ...platform.context(),
      processorOf: () => way.processor,
      vault: way.vault,
    };
    const jenny = await createCustomer(over, { source: "tok_visa" });
    const lost = async () => {
      const match = { operation: "authorization" } as const;
      way.simulator.inject({ action: "drop_before", count: 1, delayMs: 0, match });
      await expect(createCharge(over, dollars({ customer: jenny.id }))).rejects.toMatchObject({
        status: 500,
      });
    };
    const recover = async () => {
      platform.now += 61;
      const left = { ...platform, processorOf: over.processorOf, vault: over.vault };
      await recoverCharges(left, platform.scope, {
        after: recoveryStart,
        onFailure: (_, error) => {
          throw error;
        },
      });
    };
    const newest = async () => {
      const found = await platform.database.committed.select(chargesOf, {
        accountId: platform.scope.accountId,
        customer: jenny.id,
      });
      return found[0];
    };
    await lost();
    expect(await newest()).toMatchObject({ status: "pending" });
    await recover();
    expect(await newest()).toMatchObject({ status: "succeeded" });
    await lost();
    await deleteCard(over, { customer: jenny.id, id: jenny.default_source ?? "" });
    await recover();
    expect(await newest()).toMatchObject({ failure_code: "processing_error", status: "failed" });
    await way.close();
  });
});
