/**
 * What becomes of an event and of its effects when something fails: a handler, its time, its lease, its process or the
 * database. On both databases, through the receiver.
 */
import { DatabaseSync } from "node:sqlite";
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
import type { Problem } from "./problem.ts";
import { createReceiver } from "./receiver.ts";
import { sqliteInbox } from "./sqlite.ts";

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

  test("an effect in the inbox's transaction is there once, however often attempts fail after it", async () => {
    let failures = 3;
    const receiver = open().inTransaction("charge.*", (event, { transaction }) => {
      const written = database.writeEffect(transaction, event.id);
      const fail = (): void => {
        if (failures-- > 0) throw new Error("after the effect");
      };
      return written instanceof Promise ? written.then(fail) : fail();
    });
    await receiver.start();
    await send(receiver, makeEvent({ id: "evt_1" }));
    await until(async () => expect(await statuses()).toEqual({ evt_1: "done" }));
    expect(problems.map(({ kind }) => kind)).toEqual(["failed", "failed", "failed"]);
    expect(await database.effects()).toEqual(["evt_1"]);
  });

  test("several handlers share one transaction: if the last fails, none has had an effect", async () => {
    const receiver = open({ attemptsMax: 1 })
      .inTransaction("*", (_event, { transaction }) => database.writeEffect(transaction, "first"))
      .inTransaction("*", (_event, { transaction }) => database.writeEffect(transaction, "second"))
      .inTransaction("payout.*", () => {
        throw new Error("third");
      });
    await send(receiver, makeEvent({ type: "payout.paid" }));
    await receiver.drain();
    expect(await database.effects()).toEqual([]);
    await send(receiver, makeEvent({ type: "charge.succeeded" }));
    await receiver.drain();
    expect(await database.effects()).toEqual(["first", "second"]);
  });

  test("a handler that takes too long is given up and tried again, and its signal says so", async () => {
    const reasons: string[] = [];
    const receiver = open({ timeoutMs: 30 }).on("*", async (_event, { attempt, signal }) => {
      if (attempt > 1) return;
      signal.addEventListener("abort", () => reasons.push(signal.reason.message));
      await new Promise(() => undefined);
    });
    await receiver.start();
    await send(receiver, makeEvent({ id: "evt_1" }));
    await until(async () => expect(await statuses()).toEqual({ evt_1: "done" }));
    expect(reasons).toEqual(["The handlers took longer than 30 ms."]);
    expect(problems.map(({ kind }) => kind)).toEqual(["failed"]);
  });

  test("a lease is renewed for as long as a handler runs", async () => {
    let calls = 0;
    const slow = async (): Promise<void> => {
      calls += 1;
      await sleep(700);
    };
    const receivers = [open({ leaseMs: 200 }).on("*", slow), open({ leaseMs: 200 }).on("*", slow)];
    for (const receiver of receivers) await receiver.start();
    await send(open(), makeEvent({ id: "evt_1" }));
    await until(async () => expect(await statuses()).toEqual({ evt_1: "done" }));
    expect(calls).toBe(1);
  });

  test("a handler whose lease was lost is told", async () => {
    const inbox = database.open();
    // A process that stalls renews nothing; this is one that never does.
    const stalled = { ...inbox, renew: async () => new Set<string>() };
    const first = open({ inbox: stalled, leaseMs: 150 });
    let aborted: unknown;
    first.on("*", async (_event, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      aborted = signal.reason;
    });
    await first.start();
    await send(first, makeEvent({ id: "evt_1" }));
    await until(() => expect(aborted).toMatchObject({ message: expect.stringContaining("lost") }));
  });

  test("closing waits for what runs, takes nothing more, and leaves nothing leased", async () => {
    const handled: string[] = [];
    const receiver = open({ concurrency: 1 }).on("*", async (event) => {
      await sleep(60);
      handled.push(event.id);
    });
    await receiver.start();
    await send(receiver, makeEvent({ id: "evt_1" }));
    await send(receiver, makeEvent({ id: "evt_2" }));
    await until(async () => expect(await statuses()).toMatchObject({ evt_1: "running" }));
    await receiver.close();
    expect(handled).toEqual(["evt_1"]);
    expect(await statuses()).toEqual({ evt_1: "done", evt_2: "pending" });
    await sleep(60);
    expect(handled).toEqual(["evt_1"]);
  });

  test("what does not end in time is given back with all its attempts, for the next process", async () => {
    const first = open({ leaseMs: 60_000 }).on("*", () => new Promise(() => undefined));
    await first.start();
    await send(first, makeEvent({ id: "evt_1" }));
    await until(async () => expect(await statuses()).toEqual({ evt_1: "running" }));
    await first.close({ graceMs: 20 });
    expect(await statuses()).toEqual({ evt_1: "pending" });
    const attempts: number[] = [];
    const next = open().on("*", (_event, { attempt }) => attempts.push(attempt));
    await next.drain();
    expect(attempts).toEqual([1]);
    expect(problems).toEqual([]);
  });

  test("an event that ends its process in every attempt becomes a dead letter, too", async () => {
    const receiver = open({ attemptsMax: 2 }).on("*", () => undefined);
    await send(receiver, makeEvent({ id: "evt_poison" }));
    const process = database.open();
    for (let crash = 0; crash < 2; crash += 1) {
      expect(await process.claim(1, 1)).toHaveLength(1);
      await sleep(20);
    }
    await receiver.drain();
    expect((await receiver.deadLetters())[0]?.error).toContain("The process ended");
  });

  test("a database that fails now and then costs time, not events", async () => {
    const inbox = database.open();
    // By chance, because what fails every third time may always fail at the same step.
    const flaky = <Result>(call: () => Promise<Result>): Promise<Result> =>
      Math.random() < 0.3 ? Promise.reject(new Error("Connection terminated")) : call();
    const handled = new Set<string>();
    const receiver = open({
      inbox: {
        ...inbox,
        claim: (limit, leaseMs) => flaky(() => inbox.claim(limit, leaseMs)),
        fail: (lease, failure) => flaky(() => inbox.fail(lease, failure)),
        finish: (lease) => flaky(() => inbox.finish(lease)),
      },
      leaseMs: 100,
    }).on("*", (event) => void handled.add(event.id));
    await receiver.start();
    for (let index = 0; index < 10; index += 1) await send(receiver, makeEvent());
    await until(async () =>
      expect(Object.values(await statuses()).filter((status) => status === "done")).toHaveLength(
        10,
      ),
    );
    expect(handled.size).toBe(10);
  });
});

describe("SQLite's one transaction at a time", () => {
  test("nothing is answered with 200 while the application's own transaction is open", async () => {
    const connection = new DatabaseSync(":memory:");
    const problems: Problem[] = [];
    const receiver = createReceiver({
      inbox: sqliteInbox(connection),
      onProblem: (problem) => problems.push(problem),
      secret,
    });
    await receiver.drain();
    const { body, headers } = signed(makeEvent());
    connection.exec("begin");
    expect((await receiver.receive(body, headers)).status).toBe(503);
    connection.exec("rollback");
    expect(problems[0]?.message).toContain("a transaction open");
    expect((await receiver.receive(body, headers)).status).toBe(200);
    connection.close();
  });

  test("a handler that awaits inside it is refused, by its kind or by what it returns", async () => {
    const database = await openDatabase("sqlite");
    const receiver = createReceiver({
      attemptsMax: 1,
      inbox: database.open(),
      onProblem: () => undefined,
      secret,
    });
    expect(() => receiver.inTransaction("*", async () => undefined)).toThrow(/cannot be an async/);
    receiver.inTransaction("*", (_event, { transaction }) =>
      Promise.resolve(database.writeEffect(transaction, "undone")),
    );
    const { body, headers } = signed(makeEvent());
    await receiver.receive(body, headers);
    await receiver.drain();
    expect((await receiver.deadLetters())[0]?.error).toContain("without awaiting");
    expect(await database.effects()).toEqual([]);
    await database.close();
  });
});
