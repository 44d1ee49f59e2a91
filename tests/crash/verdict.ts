/**
 * What must be true after any number of crashes, read through the API once everything is quiet: what was acknowledged
 * is there, each key had one effect, each charge has one event, and the money adds up. The simulator's journal is a
 * witness that the server cannot influence.
 */
import { expect } from "vitest";
import type { Wire } from "../support/http.ts";
import { type Caller, get, listAll, post } from "./api-client.ts";
import type { Acknowledged } from "./load.ts";

type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** The charge that an answer tells of; undefined for an answer that is no charge. */
const chargeIdOf = ({ answer, keyed }: Acknowledged): string | undefined => {
  if (keyed.path !== "/v1/charges") return undefined;
  return answer.status === 200 ? answer.body.id : answer.body.error["charge"];
};

/** Every key answers again with the same bytes, and every object can be read as it was acknowledged. */
export async function expectKept(
  caller: Caller,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  await inBatches(acknowledged, async (entry) => {
    const { answer, keyed } = entry;
    const again = await post(caller, keyed);
    expect({ status: again.status, text: again.text }).toEqual({
      status: answer.status,
      text: answer.text,
    });
    expect(again.headers["idempotent-replayed"]).toBe("true");
    if (answer.status === 200) await expectStored(caller, entry);
    else await expectDeclined(caller, entry);
  });
}

async function expectStored(caller: Caller, { answer, keyed }: Acknowledged): Promise<void> {
  const read = await get(caller, `${keyed.path}/${answer.body.id}`);
  expect(read.status, read.text).toBe(200);
  // Whether a token is used is the one thing that changed since.
  const { used: _now, ...stored } = read.body;
  const { used: _then, ...told } = answer.body;
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

/** One charge for each key, none for no key, and none left pending. */
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
  return charges;
}

/** A line of the simulator's journal, as far as it is read here. */
interface JournalLine {
  readonly kind: "authorization" | "repeat";
  readonly reference: string;
  readonly amount: number;
  readonly outcome: string;
}

/** What the processor did, one line for each thing; lines of repeated questions left out. */
export function authorizationsIn(journal: string): JournalLine[] {
  return journal
    .split("\n")
    .filter((line) => line !== "")
    .map((line): JournalLine => JSON.parse(line))
    .filter((line) => line.kind === "authorization");
}

/** The processor authorized each charge once, for its amount, and the charge says what the processor decided. */
export function expectJournalAgrees(journal: string, charges: readonly Wire[]): void {
  const seen = authorizationsIn(journal).map(({ amount, outcome, reference }) => ({
    amount,
    outcome: outcome === "approved" ? "succeeded" : "failed",
    reference,
  }));
  const known = charges.map(({ amount, id, status }) => ({
    amount,
    outcome: status,
    reference: id,
  }));
  expect(seen.toSorted(byReference)).toEqual(known.toSorted(byReference));
}

const byReference = (a: { readonly reference: string }, b: { readonly reference: string }) =>
  a.reference < b.reference ? -1 : 1;

/** Each charge has exactly one event of its outcome, and no event tells of anything else. */
export async function expectOneEventPerCharge(
  caller: Caller,
  charges: readonly Wire[],
): Promise<void> {
  const events = await listAll(caller, "/v1/events");
  const told = events.map(({ data, type }) => {
    const { object } = data as unknown as { readonly object: Wire };
    return `${type} ${object.id}`;
  });
  const expected = charges.map(({ id, status }) => `charge.${status} ${id}`);
  expect(told.toSorted()).toEqual(expected.toSorted());
}

/** The balance is the sum of its transactions, there is one of them for each charge that succeeded, and no more. */
export async function expectBalanced(caller: Caller, charges: readonly Wire[]): Promise<void> {
  const transactions = await listAll(caller, "/v1/balance_transactions");
  const succeeded = charges.filter(({ status }) => status === "succeeded");
  const paired = transactions.map(({ amount, id, source }) => ({ amount, id, source }));
  const expected = succeeded.map((charge) => ({
    amount: charge.amount,
    id: charge["balance_transaction"] as string,
    source: charge.id,
  }));
  expect(paired.toSorted(byId)).toEqual(expected.toSorted(byId));
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

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

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
