/**
 * SIGTERM and SIGINT: requests under way get their answer, new ones are not taken, and the process exits with 0, even
 * while clients keep connections open or the processor is slow.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import {
  launch,
  pause,
  releaseAll,
  startServer,
  startSimulator,
  temporaryDirectory,
} from "../crash/process.ts";
import { cardForm, send } from "../support/http.ts";

afterAll(releaseAll);

it("a charge that waits for a slow processor is answered, and is there at the next start", async () => {
  const simulator = await startSimulator({
    args: ["--delay-ms", "1500"],
    journalFile: join(temporaryDirectory(), "journal"),
  });
  const args = ["--data-dir", temporaryDirectory(), "--simulator-url", simulator.url];
  const server = await startServer({ args });
  const form = { amount: 2000, currency: "usd", source: "tok_visa" };
  const underWay = send(server.url, { form, key: server.secret_key, path: "/v1/charges" });
  await pause(500);
  const code = server.stop();
  await pause(300);
  await expect(
    send(server.url, { form, key: server.secret_key, path: "/v1/charges" }),
    "a request after SIGTERM",
  ).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/);
  const answer = await underWay;
  expect(answer.status, answer.text).toBe(200);
  expect(await code).toBe(0);
  const next = await startServer({ args });
  const stored = await send(next.url, {
    key: next.secret_key,
    path: `/v1/charges/${answer.body.id}`,
  });
  expect(stored.body).toEqual(answer.body);
  const list = await send(next.url, { key: next.secret_key, path: "/v1/charges" });
  expect(list.body.data).toHaveLength(1);
  await next.stop();
});

it.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends an idle server at once with 0, although connections are open and one is half way",
  async (signal) => {
    const args = ["--data-dir", temporaryDirectory(), "--log-level", "silent"];
    const server = await startServer({ args });
    // The agent behind it keeps its connection open.
    await send(server.url, { form: cardForm(), key: server.secret_key, path: "/v1/tokens" });
    const silent = connect(Number(new URL(server.url).port), "127.0.0.1");
    await once(silent, "connect");
    silent.on("error", () => undefined);
    const startedAt = performance.now();
    process.kill(server.pid, signal);
    // A second signal of an impatient user changes nothing.
    process.kill(server.pid, signal);
    const { code } = await server.exit(10_000);
    expect(code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(server.stderr()).toBe("");
    silent.destroy();
  },
);

it("a request that never ends its body holds up the stop for its time only", async () => {
  const args = ["--data-dir", temporaryDirectory(), "--log-level", "silent"];
  const server = await startServer({ args });
  const slow = connect(Number(new URL(server.url).port), "127.0.0.1");
  slow.on("error", () => undefined);
  slow.write(
    "POST /v1/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ncard",
  );
  await pause(300);
  expect(await server.stop(40_000)).toBe(0);
  slow.destroy();
}, 60_000);

it("SIGTERM under load loses no answer that was given", async () => {
  const args = ["--data-dir", temporaryDirectory(), "--log-level", "silent"];
  const server = await startServer({ args });
  const given: string[] = [];
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      const answer = await send(server.url, {
        form: cardForm(),
        key: server.secret_key,
        path: "/v1/tokens",
      });
      expect(answer.status, answer.text).toBe(200);
      given.push(answer.body.id);
    }
  };
  const clients = Array.from({ length: 8 }, () =>
    client().catch((error: NodeJS.ErrnoException) => {
      expect(error.message).toMatch(/ECONNREFUSED|ECONNRESET|EPIPE|hang up/);
    }),
  );
  await pause(700);
  expect(await server.stop()).toBe(0);
  isOver = true;
  await Promise.all(clients);
  expect(given.length).toBeGreaterThan(8);
  const next = await startServer({ args });
  for (const id of given) {
    const { status } = await send(next.url, { key: next.secret_key, path: `/v1/tokens/${id}` });
    expect(status).toBe(200);
  }
  await next.stop();
}, 30_000);

it("a signal during the start ends the process", async () => {
  for (const delayMs of [50, 200, 350]) {
    const starting = launch("server", {
      args: ["--json", "--port", "0", "--data-dir", temporaryDirectory()],
    });
    await pause(delayMs);
    await starting.stop(10_000);
    expect(starting.stderr()).toBe("");
  }
});
