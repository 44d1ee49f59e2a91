/**
 * What must be true after any number of crashes, read through the API once everything is quiet: what was acknowledged
 * is there, each key had one effect, each change has one event, and the money that moved is the money that was told.
 */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Wire } from "../support/http.ts";
import { type Caller, get, listAll, post } from "./api-client.ts";
import type { Acknowledged } from "./load.ts";
import { chargeIdOf, expectedNow, restOf, type ToldCharge, toldCharges } from "./told.ts";

type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Every key answers again with the same bytes, and every object reads as what was acknowledged left it. */
export async function expectKept(
  caller: Caller,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  const charges = toldCharges(acknowledged);
  await inBatches(acknowledged, async (entry) => {
    const { answer, keyed } = entry;
    const again = await post(caller, keyed);
    expect({ status: again.status, text: again.text }).toEqual({
      status: answer.status,
      text: answer.text,
    });
    expect(again.headers["idempotent-replayed"]).toBe("true");
    const charge = charges.get(answer.body.id);
    if (answer.status !== 200) await expectDeclined(caller, entry);
    else if (charge !== undefined) await expectRead(caller, "/v1/charges", expectedNow(charge));
    else await expectRead(caller, keyed.path, answer.body);
  });
}

async function expectRead(caller: Caller, path: string, expected: Wire): Promise<void> {
  const read = await get(caller, `${path}/${expected.id}`);
  expect(read.status, read.text).toBe(200);
  // Whether a token is used is the one thing that changed since.
  const { used: _now, ...stored } = read.body;
  const { used: _then, ...told } = expected;
  expect(stored).toEqual(told);
}

async function expectDeclined(caller: Caller, entry: Acknowledged): Promise<void> {
  const { answer } = entry;
  expect(answer.status, answer.text).toBe(402);
  const read = await get(caller, `/v1/charges/${chargeIdOf(entry)}`);
  expect(read.body).toMatchObject({
    amount: entry.keyed.form["amount"],
    captured: false,
    failure_code: answer.body.error["code"],
    status: "failed",
  });
}

/**
 * One charge for each key, one refund for each key and for what each partial capture let go, none for no key, and none
 * left pending.
 *
 * @returns the charges as they are now.
 */
export async function expectOneEffectPerKey(
  caller: Caller,
  acknowledged: readonly Acknowledged[],
): Promise<Wire[]> {
  const charges = await listAll(caller, "/v1/charges");
  const told = acknowledged.map(chargeIdOf).filter((id) => id !== undefined);
  expect(charges.map(({ id }) => id).toSorted()).toEqual(told.toSorted());
  expect(new Set(told).size).toBe(told.length);
  const statuses = new Set(charges.map(({ status }) => status));
  expect([...statuses].filter((status) => status !== "succeeded" && status !== "failed")).toEqual(
    [],
  );
  expectTheseRefunds(await listAll(caller, "/v1/refunds"), toldCharges(acknowledged));
  return charges;
}

function expectTheseRefunds(
  refunds: readonly Wire[],
  charges: ReadonlyMap<string, ToldCharge>,
): void {
  const told = new Set([...charges.values()].flatMap(({ refunds }) => refunds.map(({ id }) => id)));
  const asked = refunds.filter(({ id }) => told.has(id));
  expect(asked.map(({ id }) => id).toSorted()).toEqual([...told].toSorted());
  // Nobody was told the ids of the others: they stand for what partial captures let go.
  const others = refunds
    .filter(({ id }) => !told.has(id))
    .map(({ amount, balance_transaction, charge, status }) =>
      [charge, amount, status, balance_transaction].join(" "),
    );
  const rests = [...charges].filter(([, charge]) => restOf(charge) > 0);
  const expected = rests.map(([id, charge]) => [id, restOf(charge), "succeeded", ""].join(" "));
  expect(others.toSorted()).toEqual(expected.toSorted());
}

/** Each charge, capture and refund has exactly its events, and no event tells of anything else. */
export async function expectOneEventPerChange(
  caller: Caller,
  charges: readonly Wire[],
  acknowledged: readonly Acknowledged[] = [],
): Promise<void> {
  const events = await listAll(caller, "/v1/events");
  const told = events.map(({ data, type }) => {
    const { object } = data as unknown as { readonly object: Wire };
    return `${type} ${object.id}`;
  });
  const refunds = await listAll(caller, "/v1/refunds");
  const expected = [
    ...charges.map(({ id, status }) => `charge.${status} ${id}`),
    ...refunds.map(({ id }) => `refund.created ${id}`),
    ...[...toldCharges(acknowledged)].flatMap(([id, { capture, refunds }]) => [
      ...(capture === undefined ? [] : [`charge.captured ${id}`]),
      ...refunds.map(() => `charge.refunded ${id}`),
    ]),
  ];
  expect(told.toSorted()).toEqual(expected.toSorted());
}

/**
 * Every charge that was captured and every refund of captured money has one balance transaction and there are no
 * others, the balance is their sum, and the server's own verification of its books finds nothing.
 */
export async function expectBalanced(caller: Caller, charges: readonly Wire[]): Promise<void> {
  const transactions = await listAll(caller, "/v1/balance_transactions");
  const refunds = await listAll(caller, "/v1/refunds");
  const moved = (id: unknown, source: string, amount: number): string =>
    [id, source, amount].join(" ");
  const captured = charges.filter((charge) => charge["captured"] === true);
  const expected = [
    ...captured.map((charge) =>
      moved(charge["balance_transaction"], charge.id, Number(charge["amount_captured"])),
    ),
    ...refunds
      .filter((refund) => refund["balance_transaction"] !== null)
      .map((refund) => moved(refund["balance_transaction"], refund.id, -refund.amount)),
  ];
  expect(
    transactions.map(({ amount, id, source }) => moved(id, String(source), amount)).toSorted(),
  ).toEqual(expected.toSorted());
  expectGivenBack(charges, refunds);
  await expectSum(caller, transactions);
  await expectVerified(caller, { charges: charges.length, refunds: refunds.length });
}

/** What refunds moved is what their charge says was given back of the money that it took. */
function expectGivenBack(charges: readonly Wire[], refunds: readonly Wire[]): void {
  for (const charge of charges) {
    const own = refunds.filter((refund) => refund["charge"] === charge.id);
    const all = own.reduce((sum, { amount }) => sum + amount, 0);
    const moving = own.filter((refund) => refund["balance_transaction"] !== null);
    const movedBack = moving.reduce((sum, { amount }) => sum + amount, 0);
    const letGo = charge.amount - Number(charge["amount_captured"]);
    expect(charge["amount_refunded"], charge.id).toBe(all);
    expect(movedBack, charge.id).toBe(charge["captured"] === true ? all - letGo : 0);
  }
}

async function expectSum(caller: Caller, transactions: readonly Wire[]): Promise<void> {
  const { body } = await get(caller, "/v1/balance");
  const balance = sums([
    ...(body["available"] as readonly Money[]),
    ...(body["pending"] as readonly Money[]),
  ]);
  const nets = transactions.map(({ currency, net }) => ({
    amount: net as number,
    currency: currency as string,
  }));
  expect(balance).toEqual(sums(nets));
}

async function expectVerified(
  caller: Caller,
  counts: { readonly charges: number; readonly refunds: number },
): Promise<void> {
  const path = "/v1/istripe/ledger/verify";
  const { body, status, text } = await post(caller, {
    form: {},
    idempotencyKey: randomUUID(),
    path,
  });
  expect(status, text).toBe(200);
  expect(body).toMatchObject({ checked: counts, differences: [], ok: true });
}

interface Money {
  readonly amount: number;
  readonly currency: string;
}

function sums(amounts: readonly Money[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { amount, currency } of amounts) totals[currency] = (totals[currency] ?? 0) + amount;
  return Object.fromEntries(Object.entries(totals).filter(([, total]) => total !== 0));
}

/** In the store itself: per currency the ledger's totals sum to zero, and they are the sums of what they cover. */
export async function expectLedgerSumsToZero(query: Query): Promise<void> {
  const legs = "sum(clearing) as clearing, sum(balance) as balance, sum(fees) as fees";
  const totals = await query(`select currency, ${legs} from ledger_totals group by currency`);
  const covered = await query(
    `select currency, ${legs} from ledger_entries where checkpoint is not null group by currency`,
  );
  const named = (rows: typeof totals): string[] =>
    rows
      .map((row) => [row["currency"], row["clearing"], row["balance"], row["fees"]].join(" "))
      .toSorted();
  expect(named(totals)).toEqual(named(covered));
  const all = await query(`select currency, ${legs} from ledger_entries group by currency`);
  for (const { clearing, balance, fees } of all) {
    expect(Number(clearing) + Number(balance) + Number(fees)).toBe(0);
  }
}

const batchSize = 32;

async function inBatches<T>(
  entries: readonly T[],
  work: (entry: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < entries.length; from += batchSize) {
    await Promise.all(entries.slice(from, from + batchSize).map(work));
  }
}
