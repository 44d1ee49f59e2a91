/**
 * Senders that are killed again and again while half of the endpoints are bad, on both databases: what was acknowledged
 * arrives at every healthy endpoint, signed, whoever dies; what goes to a bad one waits or is seen to have failed; and
 * those that hang, drip and reset take nothing from those that answer. The full figures (100,000 deliveries over 1,000
 * endpoints of 100 accounts, 50 kills) are STORM_DELIVERIES=100000 STORM_ACCOUNTS=100 STORM_KILLS=50.
 */
import { describe, expect, it } from "vitest";
import { pause } from "../crash/process.ts";
import { createRandom, seedOfRun } from "../crash/random.ts";
import { engines } from "../support/server.ts";
import type { Came } from "./receiver-state.ts";
import { killAll, type Storm, startStorm } from "./storm.ts";

const accountCount = Number(process.env["STORM_ACCOUNTS"] ?? 12);
const deliveryCount = Number(process.env["STORM_DELIVERIES"] ?? 4000);
const killCount = Number(process.env["STORM_KILLS"] ?? 10);
/** Of an account: half of the endpoints stay healthy, half turn bad. */
const endpointsOfEach = 5;
/** The shares of the customers that are made while all endpoints are healthy, among bad ones, and while senders are killed. */
const shares = { amongBad: 0.1, amongHealthy: 0.1, killed: 0.8 };
const customersPerSecond = Number(process.env["STORM_CUSTOMERS_PER_SECOND"] ?? 20);
/** Half are made on each database. A worker's leases end 10 seconds after it was killed. */
const arriveMsMax = 120_000;
const testMsMax = 240_000 + deliveryCount * 10 + killCount * 10_000;
/** What was as fast among healthy endpoints may be this much slower, and on a busy machine by this much anyway. */
const timesMax = 1.2;
const noiseMs = 150;
const memoryBytesMax = 1.5e9;

interface Arrival extends Came {
  readonly madeMs: number;
}

/** Each delivery to a healthy endpoint, as its receiver saw it, with the time when its row was made. */
async function arrivals(storm: Storm): Promise<Arrival[]> {
  const { came } = await storm.received("/came");
  const rows = await storm.store.query("select id, made_ms from webhook_deliveries");
  const madeMs = new Map(rows.map(({ id, made_ms }) => [String(id), Number(made_ms)]));
  return came.map(([id, one]) => ({ ...one, madeMs: madeMs.get(id) ?? Number.NaN }));
}

/** Waits until every acknowledged customer was told to every healthy endpoint of its account. @returns what is missing. */
async function missing(storm: Storm): Promise<string[]> {
  const end = performance.now() + arriveMsMax;
  for (;;) {
    const told = new Set(
      (await storm.received("/came")).came.map(([, { object, path }]) => `${object} at ${path}`),
    );
    const lost = storm.acknowledged.flatMap(({ account, id }) =>
      account.healthy.map(({ path }) => `${id} at ${path}`).filter((pair) => !told.has(pair)),
    );
    if (lost.length === 0 || performance.now() > end) return lost;
    await pause(500);
  }
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Makes customers after some that only wake everything up. @returns when those were made that count. */
async function makeMeasured(storm: Storm, count: number): Promise<Span> {
  await storm.makeCustomers(accountCount * 2, customersPerSecond);
  const fromMs = Date.now();
  await storm.makeCustomers(Math.ceil(count), customersPerSecond);
  return { fromMs, toMs: Date.now() };
}

function p99(arrived: readonly Arrival[], { fromMs, toMs }: Span): number {
  const waits = arrived
    .filter(({ madeMs }) => madeMs >= fromMs && madeMs <= toMs)
    .map(({ firstMs, madeMs }) => firstMs - madeMs)
    .sort((a, b) => a - b);
  return waits[Math.floor(waits.length * 0.99)] ?? Number.NaN;
}

describe.each(engines)("a storm of webhooks on %s", (engine) => {
  it(
    "loses nothing when senders are killed, and bad endpoints hold up nobody",
    async () => {
      const random = createRandom(seedOfRun());
      const workerCount = engine === "postgres" ? 1 : 0;
      const storm = await startStorm({ accountCount, engine, workerCount });
      try {
        await storm.addEndpoints(2 * endpointsOfEach);
        const customers = deliveryCount / engines.length / (2 * endpointsOfEach);
        const healthySpan = await makeMeasured(storm, customers * shares.amongHealthy);
        expect(await missing(storm)).toEqual([]);
        await storm.spoilEndpoints(endpointsOfEach);
        const badSpan = await makeMeasured(storm, customers * shares.amongBad);
        expect(await missing(storm)).toEqual([]);
        const stayed = new Set(
          storm.accounts.flatMap(({ healthy }) => healthy.map(({ path }) => path)),
        );
        const calm = (await arrivals(storm)).filter(({ path }) => stayed.has(path));
        const amongHealthy = p99(calm, healthySpan);
        const amongBad = p99(calm, badSpan);
        const killed = storm.makeCustomers(
          Math.ceil(customers * shares.killed),
          customersPerSecond,
        );
        const workerKills = workerCount === 0 ? 0 : Math.floor(killCount / 4);
        await killAll(storm, random, {
          server: Math.ceil(killCount / 2) - workerKills,
          worker: workerKills,
        });
        await killed;
        expect(await missing(storm)).toEqual([]);
        const { badRequests, count, unverified } = await storm.received();
        const all = await arrivals(storm);
        const copies = all.reduce((sum, { times }) => sum + times - 1, 0);
        process.stdout.write(
          `${engine}: ${count} deliveries to healthy endpoints, ${copies} of them again, ${badRequests} requests to bad ones; p99 ${amongHealthy} ms among healthy, ${amongBad} ms among bad; memory ${Math.round(storm.largestBytes / 1e6)} MB; seed ${random.seed}\n`,
        );
        expect(unverified).toBe(0);
        expect(badRequests).toBeGreaterThan(accountCount);
        expect(calm.filter(({ times }) => times > 1)).toEqual([]);
        expect(amongBad).toBeLessThanOrEqual(amongHealthy * timesMax + noiseMs);
        expect(storm.largestBytes).toBeLessThan(memoryBytesMax);
        await expectNothingHidden(storm);
      } finally {
        await storm.end();
      }
    },
    testMsMax,
  );
});

/** Each delivery has arrived, waits for a time that is known, or says why it failed. */
async function expectNothingHidden({ acknowledged, store }: Storm): Promise<void> {
  const wrong = await store.query(
    `select id, status from webhook_deliveries
     where not (status = 'succeeded' and due_ms is null and failure is null)
       and not (status = 'pending' and due_ms is not null)
       and not (status = 'failed' and due_ms is null and failure is not null)
     limit 10`,
  );
  expect(wrong).toEqual([]);
  const healthy = await store.query(
    `select count(*) as total from webhook_deliveries d
     join webhook_endpoints e on e.account_id = d.account_id and e.id = d.endpoint
     where e.url like '%/healthy/%' and d.status <> 'succeeded'`,
  );
  expect(Number(healthy[0]?.["total"])).toBe(0);
  const made = await store.query("select count(*) as total from webhook_deliveries");
  expect(Number(made[0]?.["total"])).toBeGreaterThanOrEqual(acknowledged.length * endpointsOfEach);
}
