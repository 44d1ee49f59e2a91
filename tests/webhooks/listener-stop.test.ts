/**
 * A server that is told to stop does not wait for listeners that wait for it: each gets its answer at once, and the
 * process ends.
 */
import { afterAll, expect, test } from "vitest";
import { send } from "../support/http.ts";
import {
  createStore,
  type Engine,
  engines,
  startServerProcess,
  type TestStore,
} from "../support/server.ts";

const path = "/v1/istripe/webhook_listeners";
const stopMsMax = 2000;
const stores: TestStore[] = [];

afterAll(() => {
  for (const store of stores) store.remove();
});

const startOn = async (engine: Engine) => {
  const store = await createStore(engine);
  stores.push(store);
  return startServerProcess([...store.flags, "--log-level", "silent"]);
};

test.each(engines)(
  "SIGTERM while listeners wait: on %s the server ends at once",
  async (engine) => {
    const server = await startOn(engine);
    const ask = (asked: string, form?: { name: string }) =>
      send(server.url, {
        key: server.secretKey,
        path: asked,
        ...(form === undefined ? {} : { form }),
      });
    const listeners = [];
    for (const name of ["one", "two"]) listeners.push((await ask(path, { name })).body.id);
    const waiting = listeners.map((id) => ask(`${path}/${id}/deliveries?timeout=25`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedAt = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(stopMsMax);
    for (const { body, status } of await Promise.all(waiting)) {
      expect([status, body.data]).toEqual([200, []]);
    }
  },
);
