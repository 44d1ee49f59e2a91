/**
 * Search as its callers see it: the documented query language on customers and charges, newest first, page by page,
 * never a row that does not match as it stands, and an index that follows every change on its own.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { chargeResource } from "../../payments/charges/resource.ts";
import { type ChargeRow, charges } from "../../payments/charges/schema.ts";
import { createCustomer } from "../../payments/customers/create.ts";
import { deleteCustomer } from "../../payments/customers/delete.ts";
import type { CustomerRow } from "../../payments/customers/schema.ts";
import { updateCustomer } from "../../payments/customers/update.ts";
import { changeRow, eventOf } from "../../resource.ts";
import { defineQuery } from "../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { searchableCharges } from "../charges.ts";
import { searchableCustomers } from "../customers.ts";
import { rebuildIndex } from "../index/follow.ts";
import { searchables } from "../index/job.ts";
import { searchDocuments, searchTerms } from "../index/schema.ts";
import { catchUp, chargeRow } from "../test-rows.ts";
import { type SearchParameters, searchRows } from "./search.ts";

const counted = defineQuery<{ accountId: string }, { terms: number; documents: number }>(
  [searchTerms, searchDocuments],
  (
    param,
  ) => `select (select count(*) from search_terms where account_id = ${param("accountId")}) as terms,
    (select count(*) from search_documents where account_id = ${param("accountId")}) as documents`,
);

describe.each(testEngines(inject("postgresUrl")))("search on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const search = <R>(of: (typeof searchables)[number], parameters: SearchParameters) =>
    searchRows<never>(platform.database.committed, of, {
      isCounted: true,
      parameters,
      scope: platform.scope,
    }) as unknown as Promise<{
      rows: R[];
      hasMore: boolean;
      nextPage: string | null;
      totalCount: number;
    }>;
  const names = async (query: string) =>
    (await search<CustomerRow>(searchableCustomers, { query })).rows.map(({ name }) => name);
  const amounts = async (query: string) =>
    (await search<ChargeRow>(searchableCharges, { query })).rows.map(({ amount }) => amount);

  const insertCharges = (rows: readonly ChargeRow[]) =>
    platform.database.transact(async (tx) => {
      for (const row of rows) {
        tx.insert(charges, row);
        const about = { resource: chargeResource, row };
        tx.emit(eventOf(platform.context(), "charge.succeeded", about));
      }
    });
  const changeCharge = (row: ChargeRow, changes: Partial<ChargeRow>) =>
    platform.database.transact(async (tx) =>
      changeRow<typeof charges>(tx, platform.context(), {
        changes,
        resource: chargeResource,
        row,
        event: "charge.updated",
      }),
    );

  describe("of customers", () => {
    let amy: CustomerRow;
    beforeAll(async () => {
      amy = await createCustomer(platform.context(), {
        email: "Amy@Rocketrides.io",
        metadata: { plan: "Gold", 'the "key"': "x" },
        name: "Amy Pond",
        phone: "+1 (555) 0100",
      });
      platform.now += 10;
      await createCustomer(platform.context(), {
        email: "bob@example.com",
        metadata: { plan: "silver" },
        name: "Bob Pond Jones",
      });
      platform.now += 10;
      await createCustomer(platform.context(), { name: "Élodie Müller" });
      await catchUp(platform, searchables);
    });

    test.each([
      ['email:"amy@rocketrides.io"', ["Amy Pond"]],
      ["email:'AMY@ROCKETRIDES.IO'", ["Amy Pond"]],
      ['email~"rides"', ["Amy Pond"]],
      ['email~"RIDES.I"', ["Amy Pond"]],
      ['email~"nowhere"', []],
      ['-email~"rides"', ["Élodie Müller", "Bob Pond Jones"]],
      ["email:null", ["Élodie Müller"]],
      ["-email:null", ["Bob Pond Jones", "Amy Pond"]],
      ['name:"pond"', ["Bob Pond Jones", "Amy Pond"]],
      ['name:"bob pond"', ["Bob Pond Jones"]],
      ['name:"pond bob"', []],
      ['name:"bob jones"', []],
      ['name:"pon"', []],
      ['name~"pon"', ["Bob Pond Jones", "Amy Pond"]],
      ['name~"b pond j"', ["Bob Pond Jones"]],
      ['name:"ÉLODIE"', ["Élodie Müller"]],
      ['name~"MÜLL"', ["Élodie Müller"]],
      ['name:"?"', []],
      ['phone~"555"', ["Amy Pond"]],
      ['metadata["plan"]:"gold"', ["Amy Pond"]],
      ['metadata["plan"]:"go"', []],
      ['-metadata["plan"]:"gold"', ["Élodie Müller", "Bob Pond Jones"]],
      ['metadata["plan"]:null', ["Élodie Müller"]],
      ['-metadata["plan"]:null', ["Bob Pond Jones", "Amy Pond"]],
      ['metadata["the \\"key\\""]:"x"', ["Amy Pond"]],
      ['metadata["__proto__"]:"x"', []],
      ['name:"pond" AND -metadata["plan"]:"silver"', ["Amy Pond"]],
      ['email~"amy" OR name:"müller"', ["Élodie Müller", "Amy Pond"]],
      ['email~"amy" or metadata["plan"]:null', ["Élodie Müller", "Amy Pond"]],
      ['email~"amy" email~"bob"', []],
    ])("%s finds %j", async (query, expected) => {
      expect(await names(query)).toEqual(expected);
    });

    test("the time of creation bounds what is found", async () => {
      const { created } = amy;
      expect(await names(`created:${created}`)).toEqual(["Amy Pond"]);
      expect(await names(`-created:${created}`)).toEqual(["Élodie Müller", "Bob Pond Jones"]);
      expect(await names(`created>${created}`)).toEqual(["Élodie Müller", "Bob Pond Jones"]);
      expect(await names(`-created>${created}`)).toEqual(["Amy Pond"]);
      expect(await names(`created>=${created} AND created<${created + 20}`)).toEqual([
        "Bob Pond Jones",
        "Amy Pond",
      ]);
      expect(await names(`created<${created} OR name:"bob"`)).toEqual(["Bob Pond Jones"]);
      expect(await names(`created>${created} AND name:"amy"`)).toEqual([]);
    });

    test("a change is found by the new value and no longer by the old one, and a deleted row by none", async () => {
      await updateCustomer(platform.context(), { name: "Amelia Williams" }, amy.id);
      // Before the job comes by, the old term leads to the row and the row says no.
      expect(await names('name:"amy"')).toEqual([]);
      await catchUp(platform, searchables);
      expect(await names('name:"amelia williams"')).toEqual(["Amelia Williams"]);
      expect(await names('name:"amy"')).toEqual([]);
      const { accountId } = platform.scope;
      const [before] = await platform.database.committed.select(counted, { accountId });
      await deleteCustomer(platform.context(), amy.id);
      expect(await names('email~"rides"')).toEqual([]);
      expect(await names("-metadata['none']:'x'")).toEqual(["Élodie Müller", "Bob Pond Jones"]);
      await catchUp(platform, searchables);
      const [after] = await platform.database.committed.select(counted, { accountId });
      expect(after?.documents).toBe((before?.documents ?? 0) - 1);
      expect(after?.terms).toBeLessThan(before?.terms ?? 0);
    });
  });

  describe("of charges", () => {
    let rows: ChargeRow[];
    beforeAll(async () => {
      const second = ++platform.now;
      rows = [
        { amount: 100, card_brand: "amex", card_last4: "0005", currency: "eur", status: "failed" },
        { amount: 255, amount_refunded: 255, customer: "cus_Aa", metadata: { order: "6735" } },
        { amount: 256, amount_refunded: 100, customer: "cus_Bb", currency: "eur" },
        { amount: 99_999, customer: "cus_Aa", disputed: true, metadata: { order: "1" } },
        {
          amount: 4096,
          billing_address: { zip: "AB1 2CD" } as NonNullable<ChargeRow["billing_address"]>,
          card_exp_month: 1,
        },
      ].map((about) => chargeRow(platform, { ...(about as Partial<ChargeRow>), created: second }));
      await insertCharges(rows);
      await catchUp(platform, searchables);
    });

    test.each([
      ["amount:255", [255]],
      ['amount:"255"', [255]],
      ["amount:255.5", []],
      ["-amount:255", [4096, 99_999, 256, 100]],
      ["amount>255", [4096, 99_999, 256]],
      ["amount>255.5", [4096, 99_999, 256]],
      ["amount>=256 amount<=4096", [4096, 256]],
      ["amount<256", [255, 100]],
      ["-amount<256", [4096, 99_999, 256]],
      ["amount<-5", []],
      ["amount>99999999999999999999", []],
      ['currency:"EUR"', [256, 100]],
      ['-currency:"eur"', [4096, 99_999, 255]],
      ['-currency:"gbp"', [4096, 99_999, 256, 255, 100]],
      ['status:"failed"', [100]],
      ['customer:"cus_Aa"', [99_999, 255]],
      ["customer:null", [4096, 100]],
      ["-customer:null", [99_999, 256, 255]],
      ['-customer:"cus_Aa"', [4096, 256, 100]],
      ['refunded:"true"', [255]],
      ['refunded:"false"', [256]],
      ["refunded:null", [4096, 99_999, 100]],
      ['disputed:"true"', [99_999]],
      ['metadata["order"]:"6735"', [255]],
      ['metadata["order"]:6735', [255]],
      ["payment_method_details.card.last4:4242", [4096, 99_999, 256, 255]],
      ['payment_method_details.card.brand:"amex"', [100]],
      ['-payment_method_details.card.brand:"visa"', [100]],
      ["payment_method_details.card.exp_month:1", [4096]],
      ["payment_method_details.card.exp_year:2030", [4096, 99_999, 256, 255, 100]],
      ['payment_method_details.card.fingerprint:"fingerprint" AND amount:100', [100]],
      ['billing_details.address.postal_code:"ab1 2cd"', [4096]],
      ['currency:"usd" AND customer:"cus_aa" AND amount>1000', [99_999]],
      ['currency:"usd" AND -customer:"cus_aa" AND -metadata["order"]:"1"', [4096]],
      ["amount:100 OR amount:4096", [4096, 100]],
      ['amount>5000 OR refunded:"false" OR status:"failed"', [99_999, 256, 100]],
      ["currency:null", []],
      ["-currency:null", [4096, 99_999, 256, 255, 100]],
    ])("%s finds the amounts %j", async (query, expected) => {
      expect(await amounts(query)).toEqual(expected);
    });

    test("pages hold each row once, whatever is added meanwhile, and say how many there are", async () => {
      const query = { limit: 2, query: "-currency:null" };
      const turn = async (page: string | null) =>
        search<ChargeRow>(searchableCharges, page === null ? query : { ...query, page });
      const first = await turn(null);
      await insertCharges([chargeRow(platform, { amount: 1, metadata: { late: "yes" } })]);
      const second = await turn(first.nextPage);
      const third = await turn(second.nextPage);
      const pages = [first, second, third];
      expect(pages.map(({ rows: found }) => found.map(({ amount }) => amount))).toEqual([
        [4096, 99_999],
        [256, 255],
        [100],
      ]);
      expect(pages.map(({ hasMore }) => hasMore)).toEqual([true, true, false]);
      expect(third.nextPage).toBeNull();
      expect(pages.map(({ totalCount }) => totalCount)).toEqual([5, 6, 6]);
      await catchUp(platform, searchables);
      expect(await amounts('metadata["late"]:"yes"')).toEqual([1]);
    });

    test("a request that began long before its commit is found all the same", async () => {
      await insertCharges([chargeRow(platform, { metadata: { place: "before" } })]);
      await catchUp(platform, searchables);
      const now = platform.now;
      for (const [amount, seconds] of [
        [77, 20],
        [78, 500],
      ] as const) {
        platform.now = now - seconds;
        await insertCharges([chargeRow(platform, { amount, metadata: { slow: "yes" } })]);
      }
      platform.now = now;
      await catchUp(platform, searchables);
      expect(await amounts('metadata["slow"]:"yes"')).toEqual([]);
      platform.now += 10;
      await catchUp(platform, searchables);
      expect(await amounts('metadata["slow"]:"yes"')).toEqual([77]);
      platform.now += 100;
      await catchUp(platform, searchables);
      expect(await amounts('metadata["slow"]:"yes"')).toEqual([77, 78]);
    });

    test("nothing of another account or of the other mode is found", async () => {
      const mine = platform.scope;
      const query = { query: 'customer:"cus_Aa"' };
      for (const scope of [
        { ...mine, livemode: true },
        { ...mine, accountId: "acct_other" },
      ]) {
        const theirs = await searchRows(platform.database.committed, searchableCharges, {
          isCounted: true,
          parameters: query,
          scope,
        });
        expect(theirs).toEqual({ hasMore: false, nextPage: null, rows: [], totalCount: 0 });
      }
      expect(await amounts(query.query)).toEqual([99_999, 255]);
    });

    test("the index can be made anew from the rows, and is then as it was", async () => {
      const { accountId } = platform.scope;
      const [before] = await platform.database.committed.select(counted, { accountId });
      const [first] = rows;
      if (first === undefined) expect.fail();
      // A row that was changed behind the events' back is what a rebuild is for.
      await platform.database.transact(async (tx) =>
        tx.update(charges, first, { currency: "chf" }),
      );
      await catchUp(platform, searchables);
      expect(await amounts('currency:"chf"')).toEqual([]);
      await rebuildIndex(platform, platform.scope);
      await catchUp(platform, searchables);
      expect(await amounts('currency:"chf"')).toEqual([100]);
      const [after] = await platform.database.committed.select(counted, { accountId });
      expect(after).toEqual(before);
    });

    test("many changes of one row leave the terms of its last state only", async () => {
      const { accountId } = platform.scope;
      let row = chargeRow(platform, { metadata: { state: "0" } });
      await insertCharges([row]);
      await catchUp(platform, searchables);
      const [before] = await platform.database.committed.select(counted, { accountId });
      for (let state = 1; state < 8; state++) {
        row = await changeCharge(row, { metadata: { state: String(state) } });
        if (state % 3 === 0) await catchUp(platform, searchables);
      }
      await catchUp(platform, searchables);
      const [after] = await platform.database.committed.select(counted, { accountId });
      expect(after).toEqual(before);
    });
  });

  test.each([
    [
      "foo:1",
      "Field `foo` is an unsupported search field for resource `customers`. See http://stripe.com/docs/search#query-fields-for-customers for a list of supported fields.",
    ],
    ['constructor:"x"', "unsupported search field"],
    ['name["x"]:"x"', "unsupported search field"],
    ['metadata:"x"', "unsupported search field"],
    ['name~"ab"', "at least 3 characters"],
    ['metadata["a"]~"abc"', "operator `~` is not supported"],
    ['name>"abc"', "operator `>` is not supported"],
    ["created~123", "operator `~` is not supported"],
    ['created:"x"', "must be a number"],
  ])("%s is refused with 400 on the query", async (query, sentence) => {
    await expect(search(searchableCustomers, { query })).rejects.toMatchObject({
      details: { param: "query" },
      message: expect.stringContaining(sentence),
      status: 400,
    });
  });

  test.each(["", "x", "MTIuMw==", "MTIuMzQuNTY", "../..", "x".repeat(5000), "LTEuMg"])(
    "the page %j is refused with 400 on the page",
    async (page) => {
      await expect(search(searchableCharges, { page, query: "amount>0" })).rejects.toMatchObject({
        details: { param: "page" },
        status: 400,
      });
    },
  );
});
