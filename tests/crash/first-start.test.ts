/**
 * The very first start makes a database, an account, keys and the vault's root key. Killed at any moment of it, it
 * leaves a place on which the next start works, and whose keys then stay the same.
 */
import { afterAll, describe, expect, it } from "vitest";
import { cardForm, send } from "../support/http.ts";
import { createStore, engines, type TestStore } from "../support/server.ts";
import { launch, pause, releaseAll, startServer } from "./process.ts";
import { createRandom, seedOfRun } from "./random.ts";

const stores: TestStore[] = [];

afterAll(async () => {
  await releaseAll();
  for (const store of stores) store.remove();
});

const attemptCount = 5;
/** A whole start takes about as long. */
const latestKillMs = 700;

describe.each(engines)("on %s", (engine) => {
  it("a first start that is killed at any moment can be made again, and nothing is lost after it", async () => {
    const random = createRandom(seedOfRun());
    for (let attempt = 0; attempt < attemptCount; attempt++) {
      const store = await createStore(engine);
      stores.push(store);
      const args = ["--json", "--port", "0", ...store.flags];
      const first = launch("server", { args });
      const killMs = random.between(80, latestKillMs);
      await pause(killMs);
      await first.kill();
      const about = `CRASH_SEED=${random.seed}, killed after ${killMs} ms`;
      const second = await startServer({ args: store.flags });
      const token = await send(second.url, {
        form: cardForm(),
        key: second.secret_key,
        path: "/v1/tokens",
      });
      expect(token.status, `${about}: ${token.text}`).toBe(200);
      await second.kill();
      const third = await startServer({ args: store.flags });
      expect(third.secret_key, about).toBe(second.secret_key);
      const form = { amount: 2000, currency: "usd", source: token.body.id };
      const charge = await send(third.url, { form, key: third.secret_key, path: "/v1/charges" });
      expect(charge.status, `${about}: ${charge.text}`).toBe(200);
      // Whoever was told a key before the kill still has one that works.
      if (first.stdout() !== "") {
        const { secret_key: key }: { readonly secret_key: string } = JSON.parse(first.stdout());
        const answer = await send(third.url, { key, path: `/v1/charges/${charge.body.id}` });
        expect(answer.status, about).toBe(200);
      }
      await third.kill();
    }
  }, 90_000);
});
