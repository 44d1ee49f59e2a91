/**
 * The receiver from the door to the handler, on both databases: what is answered, what is kept, and what is handled how
 * often and in which order.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  makeEvent,
  secret,
  signed,
} from "../../../tests/webhook-receivers/typescript/support/events.ts";
import {
  engines,
  openDatabase,
} from "../../../tests/webhook-receivers/typescript/support/inboxes.ts";
import {
  openReceivers,
  type ReceiverWorld,
  until,
} from "../../../tests/webhook-receivers/typescript/support/receivers.ts";
import { createReceiver } from "./receiver.ts";

describe.each(engines)("on %s", (engine) => {
  let world: ReceiverWorld;
  let database: ReceiverWorld["database"];
  let problems: ReceiverWorld["problems"];
  let open: ReceiverWorld["open"];
  let send: ReceiverWorld["send"];
  let statuses: ReceiverWorld["statuses"];

  beforeEach(async () => {
    world = await openReceivers(engine);
    ({ database, open, problems, send, statuses } = world);
  });
  afterEach(() => world.close());

  test("an event is kept before 200 is answered, handled once, and a duplicate changes nothing", async () => {
    const handled: string[] = [];
    const receiver = open().on("charge.succeeded", (event) => handled.push(event.id));
    const event = makeEvent({ id: "evt_1" });
    const { body, headers } = signed(event);
    expect(await receiver.receive(Buffer.from(body), headers)).toEqual({
      body: '{"received":true}',
      headers: { "Content-Type": "application/json" },
      status: 200,
    });
    expect(await statuses()).toEqual({ evt_1: "pending" });
    expect(handled).toEqual([]);
    await receiver.drain();
    expect(handled).toEqual(["evt_1"]);
    expect((await receiver.receive(body, headers)).body).toBe('{"duplicate":true,"received":true}');
    await receiver.drain();
    expect(handled).toEqual(["evt_1"]);
    expect(problems).toEqual([]);
  });

  test("what is not signed is refused with a code and leaves nothing", async () => {
    const receiver = open();
    const { body, headers } = signed(makeEvent(), `whsec_${"A".repeat(44)}`);
    const answer = await receiver.receive(body, headers);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "signature_mismatch" } });
    expect((await receiver.receive({ id: "evt_1" }, headers)).status).toBe(500);
    await receiver.drain();
    expect(await statuses()).toEqual({});
    expect(problems.map(({ kind }) => kind)).toEqual(["refused", "refused"]);
  });

  test("a database that is away is answered with 503, without its words, until it is back", async () => {
    const inbox = database.open();
    let isAway = true;
    const prepare = async (): Promise<void> => {
      if (isAway) throw new Error("connect ECONNREFUSED 10.0.0.7");
      await inbox.prepare();
    };
    const receiver = open({ inbox: { ...inbox, prepare } });
    const { body, headers } = signed(makeEvent());
    const answer = await receiver.receive(body, headers);
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain("10.0.0.7");
    expect(problems).toMatchObject([{ kind: "inbox" }]);
    isAway = false;
    expect((await receiver.receive(body, headers)).status).toBe(200);
  });

  test("a started receiver handles an arrival at once, one that another process received soon", async () => {
    const handled: string[] = [];
    const door = open();
    const worker = open().on("*", (event) => handled.push(event.id));
    await worker.start();
    await worker.start();
    await send(door, makeEvent({ id: "evt_door" }));
    await until(() => expect(handled).toEqual(["evt_door"]));
    const patient = open({ pollMs: 60_000 }).on("*", (event) => handled.push(event.id));
    await worker.close();
    await patient.start();
    await send(patient, makeEvent({ id: "evt_nudged" }));
    await until(() => expect(handled).toEqual(["evt_door", "evt_nudged"]));
  });

  test("handlers are picked by type, family and *, in the order they were registered", async () => {
    const calls: string[] = [];
    const receiver = open();
    for (const pattern of ["charge.*", "charge.succeeded", "*", "charge.refunded", "char.*"])
      receiver.on(pattern, async () => {
        await sleep(1);
        calls.push(pattern);
      });
    await send(receiver, makeEvent({ type: "charge.succeeded" }));
    await receiver.drain();
    expect(calls).toEqual(["charge.*", "charge.succeeded", "*"]);
    await send(receiver, makeEvent({ id: "evt_none", type: "payout.paid" }));
    await receiver.drain();
    expect(calls.slice(3)).toEqual(["*"]);
    for (const pattern of ["", "charge*", "*.charge", "Charge.x", "charge.", "a b"])
      expect(() => receiver.on(pattern, () => undefined)).toThrow(/no pattern|comes after/);
  });

  test("a handler that comes after the start is refused: its events might be done already", async () => {
    const receiver = open();
    await receiver.start();
    expect(() => receiver.on("charge.succeeded", () => undefined)).toThrow(/after start/);
    expect(() => receiver.inTransaction("*", () => undefined)).toThrow(/after start/);
  });

  test("what fails is tried again and then a dead letter, which can be tried again by hand", async () => {
    let isBroken = true;
    const attempts: number[] = [];
    const receiver = open({ attemptsMax: 3 }).on(
      "*",
      async (_event, { attempt, idempotencyKey }) => {
        attempts.push(attempt);
        expect(idempotencyKey).toBe("evt_1");
        if (isBroken) throw new Error("The warehouse is closed.");
      },
    );
    await receiver.start();
    await send(receiver, makeEvent({ id: "evt_1" }));
    await until(() => expect(problems).toHaveLength(3));
    expect(attempts).toEqual([1, 2, 3]);
    expect(problems.map(({ kind }) => kind)).toEqual(["failed", "failed", "dead_lettered"]);
    expect(problems[2]?.message).toContain("The warehouse is closed. It is now a dead letter.");
    const [dead] = await receiver.deadLetters();
    expect(dead).toMatchObject({ attempts: 3, eventId: "evt_1" });
    expect(dead?.error).toContain("The warehouse is closed.");
    isBroken = false;
    expect(await receiver.retry("evt_1")).toBe(true);
    await until(async () => expect(await statuses()).toEqual({ evt_1: "done" }));
    expect(attempts).toEqual([1, 2, 3, 1]);
    expect(await receiver.retry("evt_1")).toBe(false);
    expect(await receiver.discard("evt_1")).toBe(false);
  });

  test("an object's events keep their order past failures, and other objects pass by", async () => {
    const handled: string[] = [];
    let failures = 2;
    const receiver = open({ concurrency: 4, retryDelayMs: () => 40 }).on("*", async (event) => {
      if (event.id === "evt_1" && failures-- > 0) throw new Error("not yet");
      handled.push(event.id);
    });
    for (const [id, object, created] of [
      ["evt_3", "ch_1", 3],
      ["evt_1", "ch_1", 1],
      ["evt_2", "ch_1", 2],
      ["evt_x", "ch_2", 9],
    ] as const)
      await send(receiver, makeEvent({ created, id, object }));
    await receiver.start();
    await until(() => expect(handled).toHaveLength(4));
    expect(handled).toEqual(["evt_x", "evt_1", "evt_2", "evt_3"]);
  });

  test("what an event is about can be chosen", async () => {
    const running = new Set<string>();
    let together = 0;
    const receiver = open({ orderBy: () => "one customer" }).on("*", async (event) => {
      running.add(event.id);
      together = Math.max(together, running.size);
      await sleep(10);
      running.delete(event.id);
    });
    for (let index = 0; index < 4; index += 1) await send(receiver, makeEvent());
    await receiver.drain();
    expect(together).toBe(1);
  });

  test("no more run at a time than concurrency says, and as many do", async () => {
    let running = 0;
    let most = 0;
    const receiver = open({ concurrency: 3 }).on("*", async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(15);
      running -= 1;
    });
    for (let index = 0; index < 12; index += 1) await send(receiver, makeEvent());
    await receiver.drain();
    expect(most).toBe(3);
    expect(new Set(Object.values(await statuses()))).toEqual(new Set(["done"]));
  });

  test("current() asks for the object once an attempt, and only if it is wanted", async () => {
    const asked: string[] = [];
    const seen: unknown[] = [];
    const receiver = open({
      current: async (event) => {
        asked.push(event.id);
        return { status: "refunded" };
      },
    })
      .on("charge.succeeded", async (_event, { current }) => {
        seen.push(await current(), await current<{ status: string }>());
      })
      .on("payout.paid", () => undefined);
    await send(receiver, makeEvent({ id: "evt_1" }));
    await send(receiver, makeEvent({ type: "payout.paid" }));
    await receiver.drain();
    expect(asked).toEqual(["evt_1"]);
    expect(seen).toEqual([{ status: "refunded" }, { status: "refunded" }]);
  });

  test("current() without a way to fetch says so", async () => {
    const receiver = open({ attemptsMax: 1 }).on("*", (_event, { current }) => current());
    await send(receiver, makeEvent());
    await receiver.drain();
    expect((await receiver.deadLetters())[0]?.error).toContain("no `current`");
  });
});

test("a missing secret and an option out of bounds are refused when the receiver is made", async () => {
  const database = await openDatabase("sqlite");
  const inbox = database.open();
  expect(() => createReceiver({ inbox, secret: undefined })).toThrow(/secret .* is missing/);
  expect(() => createReceiver({ concurrency: 0, inbox, secret })).toThrow(
    /concurrency is at least/,
  );
  expect(() => createReceiver({ inbox, leaseMs: Number.NaN, secret })).toThrow(/leaseMs/);
  await database.close();
});
