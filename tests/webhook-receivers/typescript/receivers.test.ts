/**
 * Real applications in every framework, on both databases, against a sender that repeats, reorders and hurries, while the
 * applications are killed in the middle of their handlers: each effect is there exactly once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type App,
  freePort,
  openShopDatabase,
  type ShopDatabase,
  startApp,
} from "./support/app-process.ts";
import { makeEvent, type TestEvent } from "./support/events.ts";
import { type Engine, engines } from "./support/inboxes.ts";
import { sendAll } from "./support/sender.ts";

const frameworks = ["express", "fastify", "hono", "next"] as const;
const matrix = frameworks.flatMap((framework) => engines.map((engine) => ({ engine, framework })));
const giveUpAfterMs = 45_000;

let database: ShopDatabase;
let apps: App[];

beforeEach(() => {
  apps = [];
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.kill()));
  await database.close();
});

const start = async (...params: Parameters<typeof startApp>): Promise<App> => {
  const app = await startApp(...params);
  apps.push(app);
  return app;
};
const events = (count: number, objects: number): TestEvent[] =>
  Array.from({ length: count }, (_, index) =>
    makeEvent({ created: 1_700_000_000 + index, object: `ch_${index % objects}` }),
  );
const column = async (sql: string, name: string): Promise<string[]> =>
  (await database.query(sql)).map((row) => String(row[name]));
const isAllDone = () =>
  vi.waitFor(
    async () => {
      const sql = "select distinct status from istripe_webhook_inbox";
      expect(await column(sql, "status")).toEqual(["done"]);
    },
    { interval: 25, timeout: giveUpAfterMs },
  );
const expectOnceEach = async (sent: readonly TestEvent[]): Promise<void> => {
  const ids = sent.map(({ id }) => id).sort();
  expect((await column("select event_id from effects", "event_id")).sort()).toEqual(ids);
  const mails = await column("select idempotency_key from mails", "idempotency_key");
  expect(mails.sort()).toEqual(ids);
};

describe.each(matrix)("$framework on $engine", ({ engine, framework }) => {
  test("killed in mid-handler again and again, it has each effect exactly once", async () => {
    database = await openShopDatabase(engine);
    const port = await freePort();
    const common = { databaseUrl: database.url, name: framework, port };
    const sent = events(40, 12);
    let app = await start({ ...common, dieAtEffect: 3 });
    const sending = sendAll(sent, { concurrency: 8, copies: 2, giveUpAfterMs, url: app.url });
    for (const dieAtEffect of [7, 1, 0]) {
      await app.exited;
      app = await start({ ...common, dieAtEffect });
    }
    await sending;
    await isAllDone();
    await expectOnceEach(sent);
    // Three deaths, each with an effect written: those attempts were begun a second time.
    const attempts = await column("select event_id from attempts", "event_id");
    expect(attempts.length).toBeGreaterThanOrEqual(sent.length + 3);
    expect(await app.stop()).toBe(0);
    expect(app.complaints()).toBe("");
  }, 60_000);
});

const openOn = async (engine: Engine): Promise<{ databaseUrl: string; port: number }> => {
  database = await openShopDatabase(engine);
  return { databaseUrl: database.url, port: await freePort() };
};

test.each(engines)(
  "on %s, events that arrive in the wrong order take effect in the right one",
  async (engine) => {
    const app = await start({ ...(await openOn(engine)), name: "express", settleMs: 2_000 });
    const sent = events(40, 4);
    await sendAll(sent, { concurrency: 16, copies: 2, giveUpAfterMs, url: app.url });
    await isAllDone();
    await expectOnceEach(sent);
    const order = engine === "sqlite" ? "rowid" : "ctid";
    for (let object = 0; object < 4; object += 1) {
      const sql = `select created from effects where object_id = 'ch_${object}' order by ${order}`;
      const created = (await column(sql, "created")).map(Number);
      expect(created).toEqual(created.toSorted((a, b) => a - b));
      expect(created).toHaveLength(10);
    }
  },
  60_000,
);

test("several processes share one inbox on PostgreSQL while they are killed in turn", async () => {
  const { databaseUrl } = await openOn("postgres");
  const open = async (): Promise<App> =>
    start({ databaseUrl, name: "fastify", port: await freePort() });
  const running = await Promise.all([open(), open(), open()]);
  const door = await open();
  const sent = events(150, 40);
  const sending = sendAll(sent, { concurrency: 8, copies: 2, giveUpAfterMs, url: door.url });
  for (const app of running) {
    await sleep(150);
    await app.kill();
    await open();
  }
  await sending;
  await isAllDone();
  await expectOnceEach(sent);
}, 60_000);

test.each(engines)(
  "on %s, SIGTERM ends the application cleanly, with nothing left leased",
  async (engine) => {
    const app = await start({ ...(await openOn(engine)), name: "express" });
    const sent = events(60, 60);
    await sendAll(sent, { concurrency: 16, copies: 1, giveUpAfterMs, url: app.url });
    expect(await app.stop()).toBe(0);
    expect(app.complaints()).toBe("");
    const statuses = await column("select distinct status from istripe_webhook_inbox", "status");
    expect(statuses).not.toContain("running");
    const done = await column(
      "select event_id from istripe_webhook_inbox where status = 'done'",
      "event_id",
    );
    const effects = await column("select event_id from effects", "event_id");
    expect(effects.sort()).toEqual(done.sort());
  },
  30_000,
);
