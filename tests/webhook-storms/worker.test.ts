/**
 * A worker beside the server, and after it: it sends what is due under the keys of the same data directory, takes over
 * what a killed sender had in hand, and refuses with one sentence what it cannot work on.
 */
import { afterEach, expect, inject, test } from "vitest";
import { readConfig, startDeliveryWorker } from "../../server/src/index.ts";
import { problemsOf } from "../support/event-check.ts";
import { send } from "../support/http.ts";
import { createDatabase } from "../support/postgres.ts";
import { createStore, startOn, type TestStore } from "../support/server.ts";
import { type Receiver, startReceiver } from "../webhooks/support/receiver.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function newStore(engine: "sqlite" | "postgres"): Promise<TestStore> {
  const store = await createStore(engine);
  cleanUps.push(store.remove);
  return store;
}

/** One whose arrivals are verified at the end of the test. */
async function newReceiver(): Promise<{ readonly receiver: Receiver; secret: string }> {
  const made = { receiver: await startReceiver(), secret: "" };
  cleanUps.push(async () => {
    await made.receiver.close();
    const { arrivals } = made.receiver;
    expect(arrivals.length).toBeGreaterThan(0);
    expect(arrivals.flatMap((arrival) => problemsOf(arrival, made.secret))).toEqual([]);
  });
  return made;
}

const workerOn = (store: TestStore, leaseMs?: number) =>
  startDeliveryWorker(
    readConfig([...store.flags, "--role", "worker", "--log-level", "silent"], {}),
    leaseMs === undefined ? {} : { leaseMs },
  );

/** Leaves a delivery in the store that was sent once by a server that is gone, and is due again. */
async function leaveDelivery(store: TestStore): Promise<Receiver> {
  const made = await newReceiver();
  const { receiver } = made;
  const server = await startOn(store);
  const post = (path: string, form: Record<string, string>) =>
    send(server.url, { form, key: server.secretKey, path });
  const { body, status } = await post("/v1/webhook_endpoints", {
    "enabled_events[]": "customer.created",
    url: receiver.url,
  });
  expect(status).toBe(200);
  made.secret = String(body["secret"]);
  await post("/v1/customers", { name: "A" });
  await expect
    .poll(() => store.query("select id from webhook_deliveries where status = 'succeeded'"))
    .toHaveLength(1);
  await server.close();
  await store.query("update webhook_deliveries set status = 'pending', due_ms = 1");
  return receiver;
}

test("a worker alone sends what is due, and leaves nothing in hand when it stops", async () => {
  const store = await newStore("postgres");
  const receiver = await leaveDelivery(store);
  const worker = await workerOn(store);
  expect(worker.owner).toMatch(/^worker-[0-9A-Za-z]{12}$/);
  await expect.poll(() => receiver.arrivals.length, { timeout: 10_000 }).toBe(2);
  await worker.close();
  const rows = await store.query(
    "select status, attempt_count, lease_owner from webhook_deliveries",
  );
  expect(rows).toMatchObject([{ attempt_count: "2", lease_owner: null, status: "succeeded" }]);
});

test("what a killed sender had in hand is sent when its lease is over, and not before", async () => {
  const store = await newStore("postgres");
  const receiver = await leaveDelivery(store);
  const untilMs = Date.now() + 2500;
  await store.query(
    `update webhook_deliveries set lease_owner = 'worker-killed', lease_until_ms = ${untilMs}`,
  );
  const worker = await workerOn(store);
  cleanUps.push(worker.close);
  await expect.poll(() => receiver.arrivals.length, { timeout: 15_000 }).toBe(2);
  expect(Date.now()).toBeGreaterThanOrEqual(untilMs);
});

test("two workers that find the same deliveries send each of them once", async () => {
  const store = await newStore("postgres");
  const receiver = await leaveDelivery(store);
  await store.query(
    `insert into webhook_deliveries
     select account_id, 'whd_copy' || n, livemode, created, position + n, 1, endpoint, event, event_type, object_id,
       1, 'pending', 0, made_ms, 1, null, null, null, null, null
     from webhook_deliveries, generate_series(1, 400) n`,
  );
  const workers = await Promise.all([workerOn(store), workerOn(store)]);
  for (const worker of workers) cleanUps.push(worker.close);
  // The one that was left, sent for the second time, and the copies.
  await expect
    .poll(() => new Set(receiver.arrivals.map(({ headers }) => headers["istripe-delivery"])).size, {
      timeout: 15_000,
    })
    .toBe(401);
  expect(receiver.arrivals.length).toBe(402);
});

test.each([
  ["SQLite", () => newStore("sqlite"), /^ISTRIPE_ROLE is worker, but on SQLite the server sends/],
  ["a database without a server", () => newStore("postgres"), /start its server first/],
])("%s is refused with one sentence", async (_, open, sentence) => {
  await expect(workerOn(await open())).rejects.toThrow(sentence);
});

test("another data directory than the server's is refused with one sentence", async () => {
  const store = await newStore("postgres");
  await (await startOn(store)).close();
  const other = await newStore("sqlite");
  const flags = ["--data-dir", other.dataDir, ...store.flags.slice(2)];
  await expect(workerOn({ ...store, flags })).rejects.toThrow(/give both the same one\.$/);
});

test("a database that is not there is refused with one sentence", async () => {
  const url = new URL(await createDatabase(inject("postgresUrl")));
  url.pathname = "/no_such_database";
  const store = await newStore("sqlite");
  const flags = [...store.flags, "--database-url", url.href];
  await expect(workerOn({ ...store, flags })).rejects.toThrow(/that a worker cannot use/);
});
