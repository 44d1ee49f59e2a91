/**
 * The guarantee that matters most, for one framework on one database: killed in the middle of its handlers again and
 * again, an application has each effect exactly once.
 */
import { describe, expect, test } from "vitest";
import { type Framework, freePort } from "./app-process.ts";
import { engines } from "./inboxes.ts";
import { sendAll } from "./sender.ts";
import { giveUpAfterMs, makeEvents, type ShopUnderTest } from "./shop-under-test.ts";

export function testKilledInMidHandler(
  shop: ShopUnderTest,
  frameworks: readonly Framework[],
): void {
  const matrix = frameworks.flatMap((framework) =>
    engines.map((engine) => ({ engine, framework })),
  );
  describe.each(matrix)("$framework on $engine", ({ engine, framework }) => {
    test("killed in mid-handler again and again, it has each effect exactly once", async () => {
      const databaseUrl = await shop.open(engine);
      const common = { databaseUrl, name: framework, port: await freePort() };
      const sent = makeEvents(40, 12);
      let app = await shop.start({ ...common, dieAtEffect: 3 });
      const sending = sendAll(sent, { concurrency: 8, copies: 2, giveUpAfterMs, url: app.url });
      for (const dieAtEffect of [7, 1, 0]) {
        await app.exited;
        app = await shop.start({ ...common, dieAtEffect });
      }
      await sending;
      await shop.isAllDone();
      await shop.expectOnceEach(sent);
      // Three deaths, each with an effect written: those attempts were begun a second time.
      const attempts = await shop.column("select event_id from attempts", "event_id");
      expect(attempts.length).toBeGreaterThanOrEqual(sent.length + 3);
      expect(await app.stop()).toBe(0);
      expect(app.complaints()).toBe("");
    }, 60_000);
  });
}
