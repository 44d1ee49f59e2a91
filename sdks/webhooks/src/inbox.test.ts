/**
 * What an inbox promises, on both databases: an event is kept once, handed out to one process at a time and in order per
 * object, and whoever lost its lease changes nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeArrival } from "../../../tests/webhook-receivers/typescript/support/events.ts";
import {
  engines,
  openDatabase,
  type TestDatabase,
} from "../../../tests/webhook-receivers/typescript/support/inboxes.ts";
import type { Inbox, LeasedEvent } from "./inbox.ts";

const leaseMs = 60_000;

describe.each(engines)("on %s", (engine) => {
  let database: TestDatabase;
  let inbox: Inbox<unknown>;

  beforeEach(async () => {
    database = await openDatabase(engine);
    inbox = database.open();
    await inbox.prepare();
  });
  afterEach(() => database.close());

  const add = async (...params: Parameters<typeof makeArrival>): Promise<string> => {
    const arrival = makeArrival(...params);
    expect(await inbox.add(arrival)).toBe(true);
    return arrival.eventId;
  };
  const one = async (from = inbox, ms = leaseMs): Promise<LeasedEvent> => {
    const [leased, ...more] = await from.claim(1, ms);
    expect(more).toEqual([]);
    if (leased === undefined) throw new Error("Nothing was due.");
    return leased;
  };
  const status = async (id: string): Promise<unknown> =>
    (
      await database.query(`select status from istripe_webhook_inbox where event_id = '${id}'`)
    )[0]?.["status"];

  test("the table is made once, however many processes start together", async () => {
    const others = Array.from({ length: 6 }, () => database.open({ table: "inbox_of_shop" }));
    await Promise.all(others.map((other) => other.prepare()));
    const [first, second] = others;
    const arrival = makeArrival();
    expect(await first?.add(arrival)).toBe(true);
    expect(await second?.add(arrival)).toBe(false);
    expect(await inbox.claim(10, leaseMs)).toEqual([]);
  });

  test("a table may be named with its schema, and no name is a way into the SQL", async () => {
    const schema = engine === "sqlite" ? "main" : "public";
    const named = database.open({ table: `${schema}.named_inbox` });
    await named.prepare();
    await named.prepare();
    expect(await named.add(makeArrival())).toBe(true);
    for (const table of ["a b", "a;drop table b", 'a"', "", "A", "a.b.c"])
      expect(() => database.open({ table })).toThrow(/A table's name/);
  });

  test("a second delivery changes nothing, whatever it says and whatever became of the first", async () => {
    const first = makeArrival({ id: "evt_1", type: "charge.succeeded" });
    const forged = makeArrival({ id: "evt_1", type: "charge.refunded" });
    const added = await Promise.all(Array.from({ length: 8 }, () => database.open().add(first)));
    expect(added.filter((isNew) => isNew)).toHaveLength(1);
    expect(await inbox.add(forged)).toBe(false);
    const leased = await one();
    expect(leased).toMatchObject({ attempt: 1, body: first.body, eventType: "charge.succeeded" });
    expect(await inbox.add(forged)).toBe(false);
    expect(await inbox.finish(leased)).toBe(true);
    expect(await inbox.add(forged)).toBe(false);
    expect(await inbox.claim(10, leaseMs)).toEqual([]);
    expect(await status("evt_1")).toBe("done");
  });

  test("an object's events come one at a time, by time of creation, then of arrival", async () => {
    await add({ created: 30, id: "evt_c", object: "ch_1" });
    await add({ created: 10, id: "evt_a", object: "ch_1" });
    await add({ created: 20, id: "evt_b1", object: "ch_1" });
    await add({ created: 20, id: "evt_b2", object: "ch_1" });
    await add({ created: 99, id: "evt_other", object: "ch_2" });
    const first = await inbox.claim(10, leaseMs);
    expect(first.map(({ eventId }) => eventId).sort()).toEqual(["evt_a", "evt_other"]);
    expect(await inbox.claim(10, leaseMs)).toEqual([]);
    for (const leased of first) await inbox.finish(leased);
    for (const id of ["evt_b1", "evt_b2", "evt_c"]) {
      const next = await one();
      expect(next.eventId).toBe(id);
      expect(await inbox.claim(10, leaseMs)).toEqual([]);
      await inbox.finish(next);
    }
  });

  test("an earlier event that arrives late waits for the one that has begun, even past that one's lease", async () => {
    await add({ created: 20, id: "evt_later", object: "ch_1" });
    await one(inbox, 30);
    await add({ created: 10, id: "evt_earlier", object: "ch_1" });
    expect((await inbox.claim(10, leaseMs)).length).toBe(0);
    await sleep(60);
    const again = await one();
    expect(again).toMatchObject({ attempt: 2, eventId: "evt_later" });
    expect(await inbox.claim(10, leaseMs)).toEqual([]);
    await inbox.finish(again);
    expect((await one()).eventId).toBe("evt_earlier");
  });

  test("processes that take at the same time never take the same event or the same object", async () => {
    const objects = Array.from({ length: 20 }, (_, index) => `ch_${index}`);
    for (const [index, object] of [...objects, ...objects, ...objects].entries())
      await add({ created: 100 - index, object });
    const handled: string[] = [];
    const running = new Set<string>();
    const handle = async (
      process: Inbox<unknown>,
      taken: readonly LeasedEvent[],
    ): Promise<void> => {
      const about = taken.map(({ body }) => String(JSON.parse(body).data.object.id));
      for (const object of about) {
        expect(running.has(object)).toBe(false);
        running.add(object);
      }
      handled.push(...taken.map(({ eventId }) => eventId));
      await sleep(3);
      for (const object of about) running.delete(object);
      for (const leased of taken) expect(await process.finish(leased)).toBe(true);
    };
    const run = async (process: Inbox<unknown>): Promise<void> => {
      for (let idle = 0; idle < 20; ) {
        const taken = await process.claim(3, leaseMs);
        idle = taken.length === 0 ? idle + 1 : 0;
        await Promise.all([handle(process, taken), addEarlier(process)]);
      }
    };
    // Earlier events that arrive while later ones are being taken are what could run two of one object at once.
    const earlier = [...objects, ...objects, ...objects];
    const addEarlier = async (process: Inbox<unknown>): Promise<void> => {
      const object = earlier.pop();
      if (object !== undefined) await process.add(makeArrival({ created: 1, object }));
    };
    await Promise.all(Array.from({ length: 6 }, () => run(database.open())));
    expect(new Set(handled).size).toBe(handled.length);
    expect(handled).toHaveLength(120);
    const left = await database.query(
      "select event_id from istripe_webhook_inbox where status <> 'done'",
    );
    expect(left).toEqual([]);
  });

  test("whoever lost its lease can neither finish, fail, renew, give back nor commit", async () => {
    await add({ id: "evt_1" });
    const stale = await one(inbox, 20);
    await sleep(40);
    const other = database.open();
    const fresh = await one(other);
    expect(fresh).toMatchObject({ attempt: 2, eventId: "evt_1" });
    expect(await inbox.finish(stale)).toBe(false);
    expect(await inbox.fail(stale, { error: "late", retryInMs: null })).toBe(false);
    expect(await inbox.renew([stale], leaseMs)).toEqual(new Set());
    await inbox.release([stale]);
    const isCommitted = await inbox.finishWith(stale, (tx) => database.writeEffect(tx, "stale"));
    expect(isCommitted).toBe(false);
    expect(await status("evt_1")).toBe("running");
    expect(await other.renew([fresh], leaseMs)).toEqual(new Set(["evt_1"]));
    expect(await other.finishWith(fresh, (tx) => database.writeEffect(tx, "fresh"))).toBe(true);
    expect(await database.effects()).toEqual(["fresh"]);
  });

  test("a renewed lease does not run out", async () => {
    await add();
    const leased = await one(inbox, 50);
    await inbox.renew([leased], leaseMs);
    await sleep(80);
    expect(await inbox.claim(1, leaseMs)).toEqual([]);
  });

  test("what a transaction wrote and the event's being done are there together or not at all", async () => {
    await add({ id: "evt_1" });
    const leased = await one();
    const failing = inbox.finishWith(leased, (tx) => {
      const written = database.writeEffect(tx, "undone");
      if (written instanceof Promise) return written.then(() => Promise.reject(new Error("no")));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await database.effects()).toEqual([]);
    expect(await status("evt_1")).toBe("running");
    expect(await inbox.finishWith(leased, (tx) => database.writeEffect(tx, "kept"))).toBe(true);
    expect(await database.effects()).toEqual(["kept"]);
    expect(await status("evt_1")).toBe("done");
  });

  test("a failed event waits for its time and holds back its own object alone", async () => {
    await add({ created: 1, id: "evt_1", object: "ch_1" });
    await add({ created: 2, id: "evt_2", object: "ch_1" });
    await inbox.fail(await one(), { error: "down\0", retryInMs: 150 });
    await add({ created: 3, id: "evt_3", object: "ch_3" });
    const free = await inbox.claim(10, leaseMs);
    expect(free.map(({ eventId }) => eventId)).toEqual(["evt_3"]);
    await sleep(200);
    expect(await one()).toMatchObject({ attempt: 2, eventId: "evt_1" });
  });

  test("what waits behind a failed event, or arrives meanwhile, goes on as soon as that one is done", async () => {
    await add({ created: 1, id: "evt_1", object: "ch_1" });
    await add({ created: 2, id: "evt_2", object: "ch_1" });
    await inbox.fail(await one(), { error: "down", retryInMs: 100 });
    await add({ created: 3, id: "evt_3", object: "ch_1" });
    await add({ created: 0, id: "evt_0", object: "ch_1" });
    const earlier = await one();
    expect(earlier.eventId).toBe("evt_0");
    await inbox.finish(earlier);
    expect(await inbox.claim(9, leaseMs)).toEqual([]);
    await sleep(150);
    for (const id of ["evt_1", "evt_2", "evt_3"]) {
      const leased = await one();
      expect(leased.eventId).toBe(id);
      await inbox.finish(leased);
    }
  });

  test("a dead letter is listed, holds nothing back, and can be tried again or discarded", async () => {
    const first = await add({ created: 1, object: "ch_1" });
    await add({ created: 2, id: "evt_next", object: "ch_1" });
    expect(await inbox.retry(first)).toBe(false);
    await inbox.fail(await one(), { error: "no such order", retryInMs: null });
    const [dead, ...others] = await inbox.deadLetters(10);
    expect(others).toEqual([]);
    expect(dead).toMatchObject({ attempts: 1, error: "no such order", eventId: first });
    expect(Math.abs(Number(dead?.diedAt) - Number(dead?.receivedAt))).toBeLessThan(60_000);
    const next = await one();
    expect(next.eventId).toBe("evt_next");
    await inbox.finish(next);
    expect(await inbox.retry(first)).toBe(true);
    expect(await inbox.deadLetters(10)).toEqual([]);
    const again = await one();
    expect(again).toMatchObject({ attempt: 1, eventId: first });
    await inbox.fail(again, { error: "still none", retryInMs: null });
    expect(await inbox.discard(first)).toBe(true);
    expect(await inbox.discard(first)).toBe(false);
    expect(await inbox.retry(first)).toBe(false);
    expect(await inbox.deadLetters(10)).toEqual([]);
  });

  test("what is given back is due at once and has lost no attempt", async () => {
    await add();
    const leased = await one();
    await inbox.release([leased]);
    expect(await inbox.finish(leased)).toBe(false);
    expect(await one()).toMatchObject({ attempt: 1, eventId: leased.eventId });
  });

  test("an event that settles may be overtaken by an earlier one", async () => {
    await add({ created: 2, id: "evt_2", object: "ch_1", settleMs: 60 });
    expect(await inbox.claim(1, leaseMs)).toEqual([]);
    await add({ created: 1, id: "evt_1", object: "ch_1", settleMs: 60 });
    await sleep(120);
    expect((await one()).eventId).toBe("evt_1");
  });

  test("only what was handled long ago is forgotten", async () => {
    await add({ id: "evt_done" });
    await inbox.finish(await one());
    await add({ id: "evt_dead" });
    await inbox.fail(await one(), { error: "no", retryInMs: null });
    await add({ id: "evt_pending" });
    expect(await inbox.prune(60_000)).toBe(0);
    await sleep(20);
    expect(await inbox.prune(1)).toBe(1);
    const left = await database.query("select event_id from istripe_webhook_inbox order by 1");
    expect(left.map((row) => row["event_id"])).toEqual(["evt_dead", "evt_pending"]);
  });
});
