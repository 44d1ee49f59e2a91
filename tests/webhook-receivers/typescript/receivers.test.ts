/**
 * Real applications in every framework, on both databases, against a sender that repeats, reorders and hurries, while the
 * applications are killed in the middle of their handlers: each effect is there exactly once. Next.js is in next.test.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type App, freePort } from "./support/app-process.ts";
import { type Engine, engines } from "./support/inboxes.ts";
import { testKilledInMidHandler } from "./support/killed-in-mid-handler.ts";
import { sendAll } from "./support/sender.ts";
import { giveUpAfterMs, makeEvents, shopOfEachTest } from "./support/shop-under-test.ts";

const shop = shopOfEachTest();

testKilledInMidHandler(shop, ["express", "fastify", "hono"]);

const openOn = async (engine: Engine): Promise<{ databaseUrl: string; port: number }> => ({
  databaseUrl: await shop.open(engine),
  port: await freePort(),
});

test.each(engines)(
  "on %s, events that arrive in the wrong order take effect in the right one",
  async (engine) => {
    const app = await shop.start({ ...(await openOn(engine)), name: "express", settleMs: 2_000 });
    const sent = makeEvents(40, 4);
    await sendAll(sent, { concurrency: 16, copies: 2, giveUpAfterMs, url: app.url });
    await shop.isAllDone();
    await shop.expectOnceEach(sent);
    const order = engine === "sqlite" ? "rowid" : "ctid";
    for (let object = 0; object < 4; object += 1) {
      const sql = `select created from effects where object_id = 'ch_${object}' order by ${order}`;
      const created = (await shop.column(sql, "created")).map(Number);
      expect(created).toEqual(created.toSorted((a, b) => a - b));
      expect(created).toHaveLength(10);
    }
  },
  60_000,
);

test("several processes share one inbox on PostgreSQL while they are killed in turn", async () => {
  const { databaseUrl } = await openOn("postgres");
  const open = async (): Promise<App> =>
    shop.start({ databaseUrl, name: "fastify", port: await freePort() });
  const running = await Promise.all([open(), open(), open()]);
  const door = await open();
  const sent = makeEvents(150, 40);
  const sending = sendAll(sent, { concurrency: 8, copies: 2, giveUpAfterMs, url: door.url });
  for (const app of running) {
    await sleep(150);
    await app.kill();
    await open();
  }
  await sending;
  await shop.isAllDone();
  await shop.expectOnceEach(sent);
}, 60_000);

test.each(engines)(
  "on %s, SIGTERM ends the application cleanly, with nothing left leased",
  async (engine) => {
    const app = await shop.start({ ...(await openOn(engine)), name: "express" });
    const sent = makeEvents(60, 60);
    await sendAll(sent, { concurrency: 16, copies: 1, giveUpAfterMs, url: app.url });
    expect(await app.stop()).toBe(0);
    expect(app.complaints()).toBe("");
    const statuses = await shop.column(
      "select distinct status from istripe_webhook_inbox",
      "status",
    );
    expect(statuses).not.toContain("running");
    const done = await shop.column(
      "select event_id from istripe_webhook_inbox where status = 'done'",
      "event_id",
    );
    const effects = await shop.column("select event_id from effects", "event_id");
    expect(effects.sort()).toEqual(done.sort());
  },
  30_000,
);
