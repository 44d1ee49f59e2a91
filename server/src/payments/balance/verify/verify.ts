/**
 * Recomputes the ledger from zero and compares: every entry with its balance transaction, every total with the entries
 * it covers, every charge and refund with what it moved. It changes nothing, reads in pages, and may run while requests
 * come in.
 */
import type { Scope } from "../../../context.ts";
import type { Reader } from "../../../store/database.ts";
import type { Query } from "../../../store/query.ts";
import {
  type ChargeBeside,
  chargesBeside,
  type EntryBeside,
  entriesBeside,
  type Figure,
  type PageOf,
  type RefundBeside,
  refundsBeside,
  type TransactionBeside,
  totalsNow,
  transactionsBeside,
} from "./verification.ts";

/** One thing that is not as it has to be. */
interface LedgerDifference {
  readonly kind: "entry" | "total" | "balance_transaction" | "charge" | "refund";
  /** Of the object; of a total, its currency, day and leg. */
  readonly id: string;
  readonly currency: string;
  /** Minor units; null: nothing. */
  readonly expected: number | null;
  readonly found: number | null;
}

export interface LedgerReport {
  /** How many of each were looked at. */
  readonly checked: {
    readonly entries: number;
    readonly totals: number;
    readonly balance_transactions: number;
    readonly charges: number;
    readonly refunds: number;
  };
  /** At most a thousand. */
  readonly differences: readonly LedgerDifference[];
}

const pageSize = 250;
const differencesMax = 1000;
/** A fold that commits while entries are read makes totals look wrong that are not: they are read again. */
const totalsRunsMax = 3;

/** @param reader committed state. */
export async function verifyLedger(reader: Reader, scope: Scope): Promise<LedgerReport> {
  const ledger = await verifyEntries(reader, scope);
  const transactions = await inPages(reader, scope, {
    check: transactionDifference,
    keyOf: ({ id }) => id,
    query: transactionsBeside,
  });
  const charges = await inPages(reader, scope, {
    check: chargeDifference,
    keyOf: ({ id }) => id,
    query: chargesBeside,
  });
  const refunds = await inPages(reader, scope, {
    check: refundDifference,
    keyOf: ({ id }) => id,
    query: refundsBeside,
  });
  const all = [ledger, transactions, charges, refunds].flatMap(({ differences }) => differences);
  return {
    checked: {
      balance_transactions: transactions.count,
      charges: charges.count,
      entries: ledger.count,
      refunds: refunds.count,
      totals: ledger.totalCount,
    },
    differences: all.slice(0, differencesMax),
  };
}

interface Checked {
  readonly count: number;
  readonly differences: readonly LedgerDifference[];
}

async function verifyEntries(
  reader: Reader,
  scope: Scope,
): Promise<Checked & { readonly totalCount: number }> {
  for (let run = 1; ; run++) {
    const totals = await reader.select(totalsNow, scopeOf(scope));
    const last = Math.max(0, ...totals.map(({ checkpoint }) => checkpoint));
    const sums = new Map<string, number>();
    const entries = await inPages(reader, scope, {
      check: (entry) => {
        if (entry.checkpoint !== null && entry.checkpoint <= last) addLegs(sums, entry);
        return entryDifference(entry);
      },
      keyOf: ({ transaction_id: id }: EntryBeside) => id,
      query: entriesBeside,
    });
    const found = new Map<string, number>();
    for (const total of totals) addLegs(found, total);
    const wrong = totalDifferences(found, sums);
    if (wrong.length > 0 && run < totalsRunsMax) continue;
    const differences = [...entries.differences, ...wrong];
    return { count: entries.count, differences, totalCount: totals.length };
  }
}

/** Clearing follows from these two: every entry and every total balances, or the database refuses it. */
const legs = ["balance", "fees"] as const;

function addLegs(
  sums: Map<string, number>,
  row: Pick<EntryBeside, "currency" | "available_on" | (typeof legs)[number]>,
): void {
  for (const leg of legs) {
    const name = `${row.currency} ${row.available_on} ${leg}`;
    sums.set(name, (sums.get(name) ?? 0) + row[leg]);
  }
}

function totalDifferences(
  totals: ReadonlyMap<string, number>,
  sums: ReadonlyMap<string, number>,
): LedgerDifference[] {
  const names = new Set([...totals.keys(), ...sums.keys()]);
  return [...names].flatMap((id) => {
    const [expected, found] = [sums.get(id) ?? null, totals.get(id) ?? null];
    if (expected === found) return [];
    return [
      { currency: id.slice(0, id.indexOf(" ")), expected, found, id, kind: "total" as const },
    ];
  });
}

function entryDifference(entry: EntryBeside): LedgerDifference | undefined {
  const { available_on: day, balance, clearing, currency, fees, transaction_id: id } = entry;
  const [amount, fee] = [figure(entry.wanted_amount), figure(entry.wanted_fee)];
  const about = { currency, id, kind: "entry" } as const;
  if (amount === null || fee === null) return { ...about, expected: null, found: balance };
  if (balance !== amount - fee) return { ...about, expected: amount - fee, found: balance };
  if (clearing !== -amount) return { ...about, expected: -amount, found: clearing };
  if (fees !== fee) return { ...about, expected: fee, found: fees };
  const isPlaced = currency === entry.wanted_currency && day === figure(entry.wanted_day);
  return isPlaced ? undefined : { ...about, expected: null, found: balance };
}

function transactionDifference(row: TransactionBeside): LedgerDifference | undefined {
  const { amount, currency, entry, id, named } = row;
  const about = { currency, id, kind: "balance_transaction" } as const;
  if (entry === null) return { ...about, expected: amount, found: null };
  return named === id ? undefined : { ...about, expected: null, found: amount };
}

function chargeDifference(row: ChargeBeside): LedgerDifference | undefined {
  const about = { currency: row.currency, id: row.id, kind: "charge" } as const;
  const expected = row.captured ? row.amount_captured : null;
  const moved = figure(row.moved);
  if (moved !== expected || (expected === null && row.balance_transaction !== null)) {
    return { ...about, expected, found: moved };
  }
  const refunded = figure(row.refunded) ?? 0;
  if (row.amount_refunded === refunded) return undefined;
  return { ...about, expected: refunded, found: row.amount_refunded };
}

function refundDifference(row: RefundBeside): LedgerDifference | undefined {
  const about = { currency: row.currency, id: row.id, kind: "refund" } as const;
  // What only let go of held money moved none.
  const out = row.balance_transaction === null ? null : -row.amount;
  const moved = figure(row.moved);
  if (moved !== out) return { ...about, expected: out, found: moved };
  const back = row.status === "failed" && out !== null ? row.amount : null;
  const movedBack = figure(row.moved_back);
  return movedBack === back ? undefined : { ...about, expected: back, found: movedBack };
}

const figure = (value: Figure): number | null => (value === null ? null : Number(value));

const scopeOf = ({ accountId, livemode }: Scope) => ({ accountId, livemode });

async function inPages<Row>(
  reader: Reader,
  scope: Scope,
  about: {
    readonly query: Query<PageOf, Row>;
    keyOf(row: Row): string;
    check(row: Row): LedgerDifference | undefined;
  },
): Promise<Checked> {
  const differences: LedgerDifference[] = [];
  let count = 0;
  for (let after = ""; ; ) {
    const page = { ...scopeOf(scope), after, limit: pageSize };
    const rows = await reader.select(about.query, page);
    for (const row of rows) {
      const difference = about.check(row);
      if (difference !== undefined && differences.length < differencesMax) {
        differences.push(difference);
      }
    }
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return { count, differences };
    after = about.keyOf(last);
  }
}
