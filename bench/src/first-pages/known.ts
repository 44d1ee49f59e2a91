/**
 * What a filled store holds that questions can name: read through the API before anything is measured.
 */
import type { Target } from "../load/requests.ts";

export interface Known {
  /** Customers that have charges, and what they are called. */
  readonly customers: readonly Readonly<Record<"id" | "email" | "name", string>>[];
  /** Of charges. */
  readonly transferGroups: readonly string[];
  readonly orders: readonly string[];
  readonly charges: readonly string[];
  /** With the charge that each gave back. */
  readonly refunds: readonly Readonly<Record<"id" | "charge", string>>[];
  /** Unix seconds of the oldest charge and of the newest. */
  readonly oldest: number;
  readonly newest: number;
}

const pageSize = 100;
const pagesOfCharges = 10;

interface Charge {
  readonly id: string;
  readonly created: number;
  readonly customer: string | null;
  readonly transfer_group: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws Error when the store holds nothing of a kind. */
export async function readKnown(target: Target): Promise<Known> {
  const charges: Charge[] = [];
  for (let page = 0; page < pagesOfCharges; page += 1) {
    const last = charges.at(-1);
    const after = last === undefined ? "" : `&starting_after=${last.id}`;
    charges.push(...(await read<Charge>(target, `/v1/charges?limit=${pageSize}${after}`)));
  }
  const payers = [...new Set(charges.flatMap(({ customer }) => customer ?? []))];
  const customers: Known["customers"][number][] = [];
  for (const id of payers.slice(0, 20))
    customers.push(await readOne(target, `/v1/customers/${id}`));
  const [newest] = charges;
  const refunds = await read<Known["refunds"][number]>(target, `/v1/refunds?limit=${pageSize}`);
  return {
    charges: some(charges.map(({ id }) => id)),
    customers: some(customers),
    newest: newest?.created ?? 0,
    oldest: await oldestSecond(target, newest?.created ?? 0),
    orders: some(charges.flatMap(({ metadata }) => metadata["order"] ?? [])),
    refunds: some(refunds),
    transferGroups: some(charges.flatMap(({ transfer_group: group }) => group ?? [])),
  };
}

/** The list has no other end to begin from, so the second is looked for by halves. */
async function oldestSecond(target: Target, newest: number): Promise<number> {
  const daySeconds = 86_400;
  let [none, any] = [newest - daySeconds, newest];
  while (any - none > 1) {
    const middle = Math.floor((none + any) / 2);
    const found = await read(target, `/v1/charges?limit=1&created[lte]=${middle}`);
    if (found.length > 0) any = middle;
    else none = middle;
  }
  return any;
}

function some<T>(found: readonly T[]): readonly T[] {
  if (found.length === 0) throw new Error("The store lacks something that the questions need.");
  return found;
}

const read = async <T>(target: Target, path: string): Promise<readonly T[]> =>
  (await readOne<{ readonly data: readonly T[] }>(target, path)).data;

async function readOne<T>({ port, secretKey }: Target, path: string): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${secretKey}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}.`);
  return (await answer.json()) as T;
}
