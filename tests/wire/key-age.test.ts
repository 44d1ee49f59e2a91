/**
 * An idempotency key is kept for a day at least, and free again some minutes after it.
 */
import { expect, test, vi } from "vitest";
import { send } from "../support/http.ts";
import { createStore, engines, startOn, type TestStore } from "../support/server.ts";

const dayMs = 24 * 3600 * 1000;

/** Starts a server whose first round of rare jobs comes at once: half a minute or more passes in a moment. */
async function startHurried(store: TestStore) {
  const { setTimeout: real } = globalThis;
  vi.stubGlobal("setTimeout", (run: () => void, ms: number, ...rest: readonly unknown[]) =>
    real(run, ms >= 30_000 ? 50 : ms, ...rest),
  );
  try {
    return await startOn(store);
  } finally {
    vi.unstubAllGlobals();
  }
}

test.each(engines)("a key is kept for a day and forgotten after it, on %s", async (engine) => {
  const store = await createStore(engine);
  let server = await startOn(store);
  const post = (key: string) =>
    send(server.url, {
      form: { amount: 2000, currency: "usd", source: "tok_visa" },
      headers: { "idempotency-key": key },
      key: server.secretKey,
      path: "/v1/charges",
    });
  try {
    const first = await post("old");
    const kept = await post("young");
    const aged = "update idempotency_keys set created_ms = created_ms - $1 where key = $2";
    await store.query(aged, [dayMs + 1000, "old"]);
    await store.query(aged, [dayMs - 600_000, "young"]);
    await server.close();
    server = await startHurried(store);
    const keys = async () => (await store.query("select key from idempotency_keys")).length;
    await vi.waitUntil(async () => (await keys()) === 1, { interval: 50, timeout: 5000 });
    const again = await post("old");
    expect([again.status, again.headers["idempotent-replayed"]]).toEqual([200, undefined]);
    expect(again.body.id).not.toBe(first.body.id);
    const replay = await post("young");
    expect([replay.text, replay.headers["idempotent-replayed"]]).toEqual([kept.text, "true"]);
  } finally {
    await server.close();
    store.remove();
  }
});
