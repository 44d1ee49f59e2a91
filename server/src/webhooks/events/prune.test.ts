/**
 * Events are kept for 30 days of the machine's clock, whatever the business clock says, and until the search index has
 * read them.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventsReadUntil } from "../../search/index/follow.ts";
import { searchables } from "../../search/index/job.ts";
import { catchUp } from "../../search/test-rows.ts";
import { selectPage } from "../../store/page.ts";
import { openTestPlatform, type TestPlatform, testEngines } from "../../testing/platform.ts";
import { pruneEvents } from "./prune.ts";
import { events } from "./schema.ts";

const dayMs = 86_400_000;

describe.each(testEngines(inject("postgresUrl")))("events on $name", (engine) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await openTestPlatform(engine);
  });
  afterAll(() => platform.release());

  const emit = (count = 1) =>
    platform.database.transact(async (tx) => {
      for (let event = 0; event < count; event++) {
        tx.emit({
          accountId: platform.scope.accountId,
          created: platform.now,
          id: platform.ids.next("evt_"),
          livemode: platform.scope.livemode,
          object: { id: "cus_1", kind: "customer", values: [] },
          request: { id: null, idempotencyKey: null },
          type: "customer.updated",
        });
      }
    });
  /** So many days of the machine's clock from now. */
  const prune = (days: number, readUntil = Number.MAX_SAFE_INTEGER) => {
    const clock = { ...platform.clock, system: () => Date.now() + days * dayMs };
    return pruneEvents({ ...platform, clock }, platform.scope, readUntil);
  };
  const count = async () => {
    const page = { ...platform.scope, direction: "older", limit: 1000 } as const;
    return (await selectPage(platform.database.committed, events, page)).rows.length;
  };

  test("stay for 30 days, and then go in pieces", async () => {
    await emit(210);
    await prune(29.9);
    expect(await count()).toBe(210);
    expect(await prune(30.1)).toBe(true);
    expect(await count()).toBe(10);
    expect(await prune(30.1)).toBe(false);
    expect(await count()).toBe(0);
  });

  test("stay although the business clock has moved on for a year", async () => {
    await emit();
    platform.now += 365 * 86_400;
    await emit();
    await prune(1);
    expect(await count()).toBe(2);
  });

  test("stay until the search index has read them", async () => {
    await prune(31);
    await catchUp(platform, searchables);
    const readUntil = async () => eventsReadUntil(platform.database.committed, platform.scope);
    await emit();
    await prune(31, await readUntil());
    expect(await count()).toBe(1);
    platform.now += 3600;
    await emit();
    await catchUp(platform, searchables);
    platform.now += 3600;
    await catchUp(platform, searchables);
    await prune(31, await readUntil());
    // The last one read is where the readers stand.
    expect(await count()).toBe(1);
  });
});
