/**
 * A shop behind a framework, with a sender that repeats, reorders and hurries, and what is found in its database in the
 * end.
 */
import { afterEach, beforeEach, expect, vi } from "vitest";
import { type App, openShopDatabase, type ShopDatabase, startApp } from "./app-process.ts";
import { makeEvent, type TestEvent } from "./events.ts";
import type { Engine } from "./inboxes.ts";

/** For sending all events, and again for handling them. */
export const giveUpAfterMs = 45_000;

export interface ShopUnderTest {
  /** Opens an empty database, which ends with the test. @returns its URL. */
  open(engine: Engine): Promise<string>;
  /** The application ends with the test. */
  start(...params: Parameters<typeof startApp>): Promise<App>;
  query: ShopDatabase["query"];
  column(sql: string, name: string): Promise<string[]>;
  /** Waits until every event in the inbox is done. */
  isAllDone(): Promise<void>;
  expectOnceEach(sent: readonly TestEvent[]): Promise<void>;
}

/** Registers what opens and ends it around each test of the file. */
export function shopOfEachTest(): ShopUnderTest {
  let database: ShopDatabase | undefined;
  let apps: App[] = [];
  beforeEach(() => {
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.kill()));
    await database?.close();
    database = undefined;
  });
  const query: ShopUnderTest["query"] = async (sql) => (await database?.query(sql)) ?? [];
  const column: ShopUnderTest["column"] = async (sql, name) =>
    (await query(sql)).map((row) => String(row[name]));
  return {
    column,
    expectOnceEach: async (sent) => {
      const ids = sent.map(({ id }) => id).sort();
      expect((await column("select event_id from effects", "event_id")).sort()).toEqual(ids);
      const mails = await column("select idempotency_key from mails", "idempotency_key");
      expect(mails.sort()).toEqual(ids);
    },
    isAllDone: () =>
      vi.waitFor(
        async () => {
          const sql = "select distinct status from istripe_webhook_inbox";
          expect(await column(sql, "status")).toEqual(["done"]);
        },
        { interval: 25, timeout: giveUpAfterMs },
      ),
    open: async (engine) => {
      database = await openShopDatabase(engine);
      return database.url;
    },
    query,
    start: async (...params) => {
      const app = await startApp(...params);
      apps.push(app);
      return app;
    },
  };
}

/** Made-up events, each later than the one before, of so many objects in turn. */
export const makeEvents = (count: number, objects: number): TestEvent[] =>
  Array.from({ length: count }, (_, index) =>
    makeEvent({ created: 1_700_000_000 + index, object: `ch_${index % objects}` }),
  );
