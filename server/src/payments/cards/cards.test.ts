/**
 * The cards that customers keep: verified before they are kept, sealed under an id that never changes, and destroyed in
 * the commit that deletes them or their customer. A declined card leaves nothing behind.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { columnsOf, defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { type EventRow, events } from "../../webhooks/events/schema.ts";
import { createCustomer } from "../customers/create.ts";
import { deleteCustomer } from "../customers/delete.ts";
import { customers, type UpdateCustomer } from "../customers/schema.ts";
import { updateCustomer } from "../customers/update.ts";
import { createToken } from "../tokens/create.ts";
import { tokens } from "../tokens/schema.ts";
import { attachCard } from "./attach.ts";
import { deleteCard } from "./delete.ts";
import type { CardSource } from "./intake/parameters.ts";
import { cardsOfCustomer } from "./of-customer.ts";
import { cards } from "./schema.ts";
import { updateCard } from "./update.ts";

const latestEvents = defineQuery<{ accountId: string; limit: number }, EventRow>(
  [events],
  (param) => `select ${columnsOf(events)} from events
    where account_id = ${param("accountId")} order by position desc limit ${param("limit")}`,
);

const good = "4242424242424242";
const declined = "4000000000000002";

describe.each(testEngines(inject("postgresUrl")))("a customer's card on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const customer = async (source?: CardSource) =>
    createCustomer(platform.context(), source === undefined ? {} : { source });
  const attach = (id: string, source: CardSource) => attachCard(platform.context(), { source }, id);
  const update = (id: string, parameters: UpdateCustomer) =>
    updateCustomer(platform.context(), parameters, id);
  const token = async (number: string, cvc = "123") =>
    createToken(platform.context(), {
      card: { exp_month: "12", exp_year: "34", name: "Jo", number: platform.card(number, cvc) },
    });
  const key = (id: string) => ({ account_id: platform.scope.accountId, id });
  const stored = (id: string) => platform.database.committed.get(cards, key(id));
  const storedCustomer = (id: string) => platform.database.committed.get(customers, key(id));
  const kept = async (id: string) =>
    (await cardsOfCustomer(platform.database.committed, platform.scope, id)).map((card) => card.id);
  const told = async (limit: number) => {
    const { accountId } = platform.scope;
    const found = await platform.database.committed.select(latestEvents, { accountId, limit });
    return found.map(({ type }) => type).toReversed();
  };

  test("comes from a token, which it uses up, and is the first one's default", async () => {
    const { id } = await customer();
    const { card_id: cardId, id: tokenId, sealed } = await token(good);
    const card = await attach(id, tokenId);
    expect(card).toMatchObject({
      brand: "visa",
      customer: id,
      cvc_check: "pass",
      id: cardId,
      last4: "4242",
      name: "Jo",
    });
    // The bytes that were sealed for the token are the card's: nothing was opened on the way.
    expect(Buffer.from(card.sealed ?? [])).toEqual(Buffer.from(sealed ?? []));
    expect(await platform.database.committed.get(tokens, key(tokenId))).toMatchObject({
      sealed: null,
      status: "used",
    });
    expect(await told(2)).toEqual(["customer.source.created", "customer.updated"]);
    expect((await storedCustomer(id))?.default_source).toBe(cardId);
    const second = await attach(id, "tok_mastercard");
    expect((await storedCustomer(id))?.default_source).toBe(cardId);
    expect(await kept(id)).toEqual([second.id, cardId]);
    await expect(attach(id, tokenId)).rejects.toMatchObject({
      details: { code: "token_already_used" },
    });
  });

  test("comes from the fields of a card, with metadata of its own", async () => {
    const { id } = await customer({
      address_zip: "10119",
      exp_month: "12",
      exp_year: "34",
      metadata: { shelf: "top" },
      number: platform.card("5555555555554444", "123"),
    });
    const [cardId = ""] = await kept(id);
    expect(await stored(cardId)).toMatchObject({
      address: { zip: "10119" },
      address_zip_check: "pass",
      brand: "mastercard",
      metadata: { shelf: "top" },
    });
    expect(await told(2)).toEqual(["customer.created", "customer.source.created"]);
  });

  test("that is declined is not kept, nor is the customer that it was to come with", async () => {
    const before = await told(100);
    const refused = {
      details: {
        adviceCode: "try_again_later",
        code: "card_declined",
        declineCode: "generic_decline",
        networkDeclineCode: "01",
        param: "",
      },
      message: "Your card was declined.",
      status: 402,
    };
    await expect(customer("tok_chargeDeclined")).rejects.toMatchObject(refused);
    expect(await told(100)).toEqual(before);
    const { id } = await customer();
    const { id: tokenId } = await token(declined);
    await expect(attach(id, tokenId)).rejects.toMatchObject(refused);
    expect(await kept(id)).toEqual([]);
    expect((await storedCustomer(id))?.default_source).toBeNull();
    // As by a declined charge, the token is used up.
    expect((await platform.database.committed.get(tokens, key(tokenId)))?.status).toBe("used");
  });

  test("that charges are declined on is kept all the same", async () => {
    const { id } = await customer("tok_chargeCustomerFail");
    expect(await kept(id)).toHaveLength(1);
  });

  test("is kept by one customer however many race for its token", async () => {
    const [first, second] = [await customer(), await customer()];
    const { id: tokenId } = await token(good);
    const race = await Promise.allSettled(
      [first, second, first, second].map(({ id }) => attach(id, tokenId)),
    );
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect([...(await kept(first.id)), ...(await kept(second.id))]).toHaveLength(1);
  });

  test("can be chosen as the default, and nobody else's can", async () => {
    const { id } = await customer("tok_visa");
    const { id: cardId } = await attach(id, "tok_amex");
    expect((await update(id, { default_source: cardId })).default_source).toBe(cardId);
    const other = await customer("tok_visa");
    await expect(update(id, { default_source: other.default_source ?? "" })).rejects.toMatchObject({
      details: { code: "resource_missing", param: "default_source" },
      message: `No such source: '${other.default_source}'`,
      status: 400,
    });
  });

  test("that an update brings takes the place of the default one, which is destroyed", async () => {
    const { default_source: old, id } = await customer("tok_visa");
    const other = await attach(id, "tok_amex");
    const changed = await update(id, { name: "Jenny", source: "tok_mastercard" });
    expect(changed.default_source).not.toBe(old);
    expect(await kept(id)).toEqual([changed.default_source, other.id]);
    expect(await stored(old ?? "")).toMatchObject({ deleted: true, sealed: null });
    expect(await told(3)).toEqual([
      "customer.source.created",
      "customer.source.deleted",
      "customer.updated",
    ]);
    await expect(update(id, { name: "X", source: "tok_chargeDeclined" })).rejects.toMatchObject({
      status: 402,
    });
    expect(await storedCustomer(id)).toMatchObject({
      default_source: changed.default_source,
      name: "Jenny",
    });
  });

  test("when deleted is destroyed, unknown from then on, and followed by the newest other", async () => {
    const { default_source: first = "", id } = await customer("tok_visa");
    const second = await attach(id, "tok_amex");
    const third = await attach(id, "tok_mastercard");
    const at = { customer: id, id: first ?? "" };
    expect(await deleteCard(platform.context(), at)).toEqual({
      deleted: true,
      id: first,
      object: "card",
    });
    expect(await stored(at.id)).toMatchObject({ deleted: true, name: null, sealed: null });
    expect((await storedCustomer(id))?.default_source).toBe(third.id);
    expect(await kept(id)).toEqual([third.id, second.id]);
    expect(await told(2)).toEqual(["customer.source.deleted", "customer.updated"]);
    await expect(deleteCard(platform.context(), at)).rejects.toMatchObject({
      message: `No such source: '${first}'`,
      status: 404,
    });
  });

  test("cannot be reached through another customer", async () => {
    const owner = await customer("tok_visa");
    const other = await customer();
    const at = { customer: other.id, id: owner.default_source ?? "" };
    const missing = { details: { code: "resource_missing" }, status: 404 };
    await expect(deleteCard(platform.context(), at)).rejects.toMatchObject(missing);
    await expect(updateCard(platform.context(), { name: "Thief" }, at)).rejects.toMatchObject(
      missing,
    );
    expect(await stored(at.id)).toMatchObject({ deleted: false, name: null });
  });

  test("changes everything but its number", async () => {
    const { default_source: id, id: owner } = await customer("tok_visa");
    const at = { customer: owner, id: id ?? "" };
    const before = await stored(at.id);
    const changed = await updateCard(
      platform.context(),
      { address_city: "Berlin", exp_month: "1", exp_year: "35", name: "Jo", metadata: { a: "1" } },
      at,
    );
    expect(changed).toMatchObject({
      address: { city: "Berlin" },
      exp_month: 1,
      exp_year: 2035,
      last4: "4242",
      metadata: { a: "1" },
      name: "Jo",
    });
    expect(changed.sealed).toEqual(before?.sealed);
    expect(await told(1)).toEqual(["customer.source.updated"]);
    await expect(updateCard(platform.context(), { exp_month: "13" }, at)).rejects.toMatchObject({
      details: { code: "invalid_expiry_month" },
      status: 402,
    });
  });

  test("is destroyed with its customer, in the same commit", async () => {
    const { id } = await customer("tok_visa");
    await attach(id, "tok_amex");
    const ids = await kept(id);
    await deleteCustomer(platform.context(), id);
    for (const cardId of ids) {
      expect(await stored(cardId)).toMatchObject({ address: null, deleted: true, sealed: null });
    }
    expect(await kept(id)).toEqual([]);
    await expect(attach(id, "tok_visa")).rejects.toMatchObject({ status: 404 });
  });
});
