/**
 * The verification finds nothing wrong with what requests and jobs leave behind, also while they are at work, and finds
 * each thing that somebody changed behind their back.
 */
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { defineQuery, type Query } from "../../../store/query.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../../testing/platform.ts";
import { captureCharge } from "../../charges/capture/capture.ts";
import { createCharge } from "../../charges/create/create.ts";
import { charges } from "../../charges/schema.ts";
import { createRefund } from "../../refunds/create.ts";
import { refunds } from "../../refunds/schema.ts";
import { settleDueRefunds } from "../../refunds/settlement/due.ts";
import { foldEntries } from "../fold.ts";
import { ledgerEntries, ledgerTotals } from "../ledger.ts";
import { listBalanceTransactions } from "../list.ts";
import { balanceTransactions } from "../schema.ts";
import { verifyLedger } from "./verify.ts";

interface Victim {
  readonly accountId: string;
  readonly id: string;
}
type Tampering = Query<Victim, never>;

const tamper = {
  chargeRefunded: defineQuery<Victim, never>(
    [charges],
    (param) => `update charges set amount_refunded = amount_refunded + 1, version = version + 1
      where account_id = ${param("accountId")} and id = ${param("id")}`,
  ),
  entryGone: defineQuery<Victim, never>(
    [ledgerEntries],
    (param) => `delete from ledger_entries
      where account_id = ${param("accountId")} and transaction_id = ${param("id")}`,
  ),
  entryMoved: defineQuery<Victim, never>(
    [ledgerEntries],
    (param) => `update ledger_entries set balance = balance + 5, clearing = clearing - 5
      where account_id = ${param("accountId")} and transaction_id = ${param("id")}`,
  ),
  refundGone: defineQuery<Victim, never>(
    [refunds],
    (param) => `delete from refunds
      where account_id = ${param("accountId")} and id = ${param("id")}`,
  ),
  totals: defineQuery<Victim, never>(
    [ledgerTotals],
    (
      param,
    ) => `update ledger_totals set fees = fees + 7, clearing = clearing - 7, version = version + 1
      where account_id = ${param("accountId")} and currency = ${param("id")}`,
  ),
  transactionGone: defineQuery<Victim, never>(
    [balanceTransactions],
    (param) => `delete from balance_transactions
      where account_id = ${param("accountId")} and id = ${param("id")}`,
  ),
};

describe.each(testEngines(inject("postgresUrl")))("the ledger on $name", (engine) => {
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await openTestPlatform(engine);
  });
  afterEach(() => platform.release());

  const charge = (source = "tok_visa", capture = true) =>
    createCharge(platform.context(), { amount: 2000, capture, currency: "usd", source });
  const refund = (id: string, amount?: number) =>
    createRefund(platform.context(), amount === undefined ? {} : { amount }, id);
  const verify = () => verifyLedger(platform.database.committed, platform.scope);
  const change = (tampering: Tampering, id: string) =>
    platform.database.transact(async (tx) => {
      const { accountId } = platform.scope;
      expect(await tx.execute(tampering, { accountId, id })).toBe(1);
    });

  test("of an account that did nothing is in order", async () => {
    expect(await verify()).toEqual({
      checked: { balance_transactions: 0, charges: 0, entries: 0, refunds: 0, totals: 0 },
      differences: [],
    });
  });

  test("is in order whatever was charged, captured, refunded, released and failed", async () => {
    await charge();
    await charge("tok_chargeDeclined").catch(() => undefined);
    await refund((await charge()).id, 500);
    await refund((await charge("tok_visa", false)).id);
    const partly = await charge("tok_visa", false);
    await captureCharge(platform.context(), { amount: 700 }, partly.id);
    await refund(partly.id, 100);
    await foldEntries(platform, platform.scope);
    await refund((await charge("tok_refundFail")).id);
    await refund((await charge("tok_pendingRefund")).id);
    await charge("tok_visa", false);
    expect((await verify()).differences).toEqual([]);
    platform.now += 60;
    await settleDueRefunds(platform, platform.scope, (_, error) => {
      throw error;
    });
    await foldEntries(platform, platform.scope);
    expect(await verify()).toEqual({
      checked: { balance_transactions: 10, charges: 8, entries: 10, refunds: 6, totals: 1 },
      differences: [],
    });
  });

  test("is in order while requests and folds go on", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => charge()));
    const [reports] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => verify())),
      ...made.map(({ id }) => refund(id, 300)),
      ...Array.from({ length: 20 }, () => charge()),
      foldEntries(platform, platform.scope),
    ]);
    for (const { differences } of reports) expect(differences).toEqual([]);
    expect((await verify()).checked).toMatchObject({ charges: 40, entries: 60, refunds: 20 });
  });

  test("is read in pages", async () => {
    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 50 }, () => charge()));
    }
    expect(await verify()).toMatchObject({
      checked: { balance_transactions: 300, charges: 300, entries: 300 },
      differences: [],
    });
  });

  test("shows what an entry does that its balance transaction does not", async () => {
    const { balance_transaction: id } = await charge();
    await foldEntries(platform, platform.scope);
    await change(tamper.entryMoved, id ?? "");
    const { differences } = await verify();
    expect(differences).toContainEqual({
      currency: "usd",
      expected: 1912,
      found: 1917,
      id,
      kind: "entry",
    });
    expect(differences).toContainEqual(
      expect.objectContaining({ expected: 1917, found: 1912, kind: "total" }),
    );
    expect(differences).toHaveLength(2);
  });

  test("shows a balance transaction without its entry, and an entry without its transaction", async () => {
    const [first, second] = [await charge(), await charge()];
    await change(tamper.entryGone, first.balance_transaction ?? "");
    await change(tamper.transactionGone, second.balance_transaction ?? "");
    expect((await verify()).differences).toEqual([
      {
        currency: "usd",
        expected: null,
        found: 1912,
        id: second.balance_transaction,
        kind: "entry",
      },
      {
        currency: "usd",
        expected: 2000,
        found: null,
        id: first.balance_transaction,
        kind: "balance_transaction",
      },
      { currency: "usd", expected: 2000, found: null, id: second.id, kind: "charge" },
    ]);
  });

  test("shows a total that its entries do not add up to", async () => {
    await charge();
    await foldEntries(platform, platform.scope);
    await change(tamper.totals, "usd");
    expect((await verify()).differences).toMatchObject([
      { currency: "usd", expected: 88, found: 95, kind: "total" },
    ]);
  });

  test("shows a charge that does not agree with its refunds, and money that no refund names", async () => {
    const { id } = await charge();
    await refund(id, 500);
    await change(tamper.chargeRefunded, id);
    expect((await verify()).differences).toEqual([
      { currency: "usd", expected: 500, found: 501, id, kind: "charge" },
    ]);
    const other = await charge();
    const made = await refund(other.id);
    await change(tamper.refundGone, made.id);
    expect((await verify()).differences).toContainEqual({
      currency: "usd",
      expected: null,
      found: -2000,
      id: made.balance_transaction,
      kind: "balance_transaction",
    });
  });

  test("lists what a charge or a refund moved, by its source or its type", async () => {
    const list = async (parameters: Parameters<typeof listBalanceTransactions>[1]) =>
      (await listBalanceTransactions(platform.context(), parameters)).rows.map(({ id }) => id);
    const paid = await charge("tok_refundFail");
    const made = await refund(paid.id);
    platform.now += 60;
    await settleDueRefunds(platform, platform.scope, (_, error) => {
      throw error;
    });
    const settled = await platform.database.committed.get(refunds, {
      account_id: platform.scope.accountId,
      id: made.id,
    });
    const failure = settled?.failure_balance_transaction;
    expect(await list({ source: paid.id })).toEqual([paid.balance_transaction]);
    expect(await list({ source: made.id })).toEqual([failure, made.balance_transaction]);
    expect(await list({ source: made.id, type: "refund" })).toEqual([made.balance_transaction]);
    expect(await list({ type: "refund_failure" })).toEqual([failure]);
    expect(await list({ currency: "eur", source: paid.id })).toEqual([]);
    for (const source of ["ch_unknown", "po_unknown", "re_\0"]) {
      expect(await list({ source })).toEqual([]);
    }
  });
});
