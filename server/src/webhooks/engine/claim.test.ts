/**
 * A claim hands a delivery that is due to one worker, and to the next only when the first one's lease is over; what is
 * told in order is handed out one at a time for each object.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { webhookDeliveries } from "../deliveries/schema.ts";
import { type Claim, claimDue, releaseLeases, waitingByEndpoint } from "./claim.ts";
import {
  deliveryRow,
  endpointRow,
  storeDeliveries,
  storedDelivery,
  storeEndpoint,
} from "./test-rows.ts";

const nowMs = 10_000;
const leaseMs = 60_000;

describe.each(testEngines(inject("postgresUrl")))("a claim on $name", (engine) => {
  let platform: TestPlatform;
  let endpoint: string;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());
  beforeEach(async () => {
    const row = endpointRow(platform);
    endpoint = row.id;
    await storeEndpoint(platform.database, row);
  });

  const claim = (given: Partial<Claim> = {}) =>
    claimDue(platform.database, {
      accountId: platform.scope.accountId,
      endpoint,
      leaseMs,
      limit: 100,
      nowMs,
      owner: "first",
      ...given,
    });
  const store = async (...given: Partial<Parameters<typeof deliveryRow>[1]>[]) => {
    const rows = given.map((one) => deliveryRow(platform, { endpoint, ...one }));
    await storeDeliveries(platform.database, rows);
    return rows;
  };
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

  test("takes what is due, the earliest first, and leases it", async () => {
    const [late, early, future, over] = await store(
      { due_ms: 9000 },
      { due_ms: 8000 },
      { due_ms: nowMs + 1 },
      { due_ms: null, status: "succeeded" },
    );
    const claimed = await claim();
    expect(idsOf(claimed)).toEqual(idsOf([early, late].flatMap((row) => row ?? [])));
    expect(claimed[0]).toMatchObject({
      lease_owner: "first",
      lease_until_ms: nowMs + leaseMs,
      version: 2,
    });
    for (const untouched of [future, over]) {
      expect(await storedDelivery(platform, untouched ?? expect.fail())).toEqual(untouched);
    }
  });

  test("takes no more than it may, and nothing of another endpoint", async () => {
    await store({}, {}, {});
    await store({ endpoint: "we_other" });
    expect((await claim({ limit: 2 })).length).toBe(2);
    expect((await claim()).length).toBe(1);
    expect(await claim()).toEqual([]);
  });

  test("gives a row to one of many who ask at the same time", async () => {
    await store(...Array.from({ length: 60 }, () => ({})));
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, at) => claim({ limit: 10, owner: `worker ${at}` })),
    );
    const ids = claims.flatMap(idsOf);
    expect(new Set(ids).size).toBe(ids.length);
    // Who found others' rows locked may have gone away with less; nothing is left for good.
    for (let round = 0; round < 6; round++) ids.push(...idsOf(await claim({ limit: 10 })));
    expect(new Set(ids).size).toBe(60);
    expect(ids.length).toBe(60);
  });

  test("takes over what another has when its lease is over, and not before", async () => {
    const rows = await store({});
    await claim();
    expect(await claim({ nowMs: nowMs + leaseMs - 1, owner: "second" })).toEqual([]);
    const taken = await claim({ nowMs: nowMs + leaseMs, owner: "second" });
    expect(idsOf(taken)).toEqual(idsOf(rows));
    expect(taken[0]?.lease_owner).toBe("second");
  });

  test("of what is told in order takes the first of each object, and the next when that is over", async () => {
    const [a1, a2, b1, free] = await store(
      { ordered_by: "cus_a" },
      { ordered_by: "cus_a" },
      { ordered_by: "cus_b" },
      {},
    );
    const claimed = await claim();
    expect(new Set(idsOf(claimed))).toEqual(new Set([a1?.id, b1?.id, free?.id]));
    expect(await claim()).toEqual([]);
    const first = claimed.find(({ id }) => id === a1?.id) ?? expect.fail();
    await platform.database.transact(async (tx) =>
      tx.update(webhookDeliveries, first, { due_ms: null, status: "succeeded" }),
    );
    expect(idsOf(await claim())).toEqual([a2?.id]);
  });

  test("of what is told in order waits for a retry of the one before", async () => {
    await store({ due_ms: nowMs + 5000, ordered_by: "cus_a" }, { ordered_by: "cus_a" });
    expect(await claim()).toEqual([]);
  });

  test("is undone for an owner that comes back, and for nobody else", async () => {
    const [mine] = await store({}, {});
    await claim({ limit: 1 });
    const [theirs] = await claim({ limit: 1, owner: "second" });
    const { accountId } = platform.scope;
    await platform.database.transact((tx) =>
      tx.execute(releaseLeases, { accountId, owner: "first" }),
    );
    expect(await storedDelivery(platform, mine ?? expect.fail())).toMatchObject({
      lease_owner: null,
      lease_until_ms: null,
    });
    expect(await storedDelivery(platform, theirs ?? expect.fail())).toEqual(theirs);
  });

  test("is worth making where something waits in nobody's hands", async () => {
    const accountIds = JSON.stringify([platform.scope.accountId]);
    const found = async (atMs: number) =>
      (await platform.database.committed.select(waitingByEndpoint, { accountIds, nowMs: atMs }))
        .filter((row) => row.endpoint === endpoint)
        .map(({ due_ms }) => Number(due_ms));
    expect(await found(nowMs)).toEqual([]);
    await store({ due_ms: 8000 }, { due_ms: nowMs + 7000 });
    expect(await found(nowMs)).toEqual([8000]);
    await claim();
    // On SQLite a lease, which need not be durable, is seen by readers with the next commit that is.
    await store({ due_ms: null, status: "succeeded" });
    expect(await found(nowMs)).toEqual([nowMs + 7000]);
    expect(await found(nowMs + leaseMs)).toEqual([8000]);
  });
});
