/**
 * The business clock of test mode: where it starts is chosen on an empty store, it is kept over restarts, and it never
 * goes back, not even when the machine's clock does. A machine's clock that was turned back is told by what the store
 * holds: the last event lies in the future.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, it } from "vitest";
import { releaseAll, type ServerChild, startServer, temporaryDirectory } from "../crash/process.ts";
import { cardForm, send, type Wire } from "../support/http.ts";

afterAll(releaseAll);

const start = Date.UTC(2023, 5, 1) / 1000;
/** How long a test may take at most, in seconds. */
const slackSeconds = 60;

const startOn = (directory: string, ...flags: readonly string[]): Promise<ServerChild> =>
  startServer({ args: ["--data-dir", directory, "--log-level", "silent", ...flags] });

async function charge(server: ServerChild): Promise<Wire> {
  const form = { amount: 2000, currency: "usd", source: "tok_visa" };
  const { body, status, text } = await send(server.url, {
    form,
    key: server.secret_key,
    path: "/v1/charges",
  });
  expect(status, text).toBe(200);
  return body;
}

function expectNear(seconds: unknown, expected: number): void {
  expect(seconds).toBeGreaterThanOrEqual(expected);
  expect(seconds).toBeLessThan(expected + slackSeconds);
}

it("an empty store starts where --clock says, and cards are judged by that time", async () => {
  const server = await startOn(temporaryDirectory(), "--clock", "2023-06-01T00:00:00Z");
  expectNear(server.clock, start);
  expectNear((await charge(server))["created"], start);
  const form = { ...cardForm(), "card[exp_year]": 24 };
  const token = await send(server.url, { form, key: server.secret_key, path: "/v1/tokens" });
  expect(token.status, token.text).toBe(200);
  expectNear(token.body["created"], start);
  const expired = { ...cardForm(), "card[exp_year]": 22 };
  const refused = await send(server.url, {
    form: expired,
    key: server.secret_key,
    path: "/v1/tokens",
  });
  expect(refused.body.error["code"]).toBe("invalid_expiry_year");
  await server.stop();
});

it("an empty store without --clock starts at the machine's time", async () => {
  const server = await startOn(temporaryDirectory());
  expect(Math.abs(server.clock - Date.now() / 1000)).toBeLessThan(slackSeconds);
  await server.stop();
});

it("the clock goes on over restarts and kills, whatever --clock they are given", async () => {
  const directory = temporaryDirectory();
  const first = await startOn(directory, "--clock", "2023-06-01T00:00:00Z");
  const { created } = await charge(first);
  await first.stop();
  for (const flags of [
    [],
    ["--clock", "2020-01-01T00:00:00Z"],
    ["--clock", "2030-01-01T00:00:00Z"],
  ]) {
    const next = await startOn(directory, ...flags);
    expect(next.clock).toBeGreaterThanOrEqual(created as number);
    expectNear(next.clock, start);
    await next.kill();
  }
});

it("the clock never goes back, though the machine's clock was turned back by a month", async () => {
  const directory = temporaryDirectory();
  const first = await startOn(directory);
  await charge(first);
  await first.stop();
  const month = 30 * 86_400;
  const database = new DatabaseSync(join(directory, "istripe.db"));
  database.exec(`update events set created = created + ${month}`);
  const [latest] = database.prepare("select max(created) as created from events").all();
  database.close();
  const future = Number(latest?.["created"]);
  expect(future).toBeGreaterThan(Date.now() / 1000 + month / 2);

  const second = await startOn(directory);
  expectNear(second.clock, future);
  const later = await charge(second);
  expect(later["created"]).toBeGreaterThanOrEqual(future);
  const { body } = await send(second.url, { key: second.secret_key, path: "/v1/events?limit=2" });
  const [newest, before] = body.data;
  expect(newest?.["created"]).toBeGreaterThanOrEqual(before?.["created"] as number);
  expect(newest).toMatchObject({ data: { object: { id: later.id } } });
  await second.stop();
  // The correction is kept: the next start does not jump again.
  const third = await startOn(directory);
  expectNear(third.clock, future);
  await third.stop();
});

it("the announced clock is the one that objects are made by", async () => {
  const server = await startOn(temporaryDirectory(), "--clock", "2031-02-03T04:05:06+01:00");
  expectNear(server.clock, Date.UTC(2031, 1, 3, 3, 5, 6) / 1000);
  expectNear((await charge(server))["created"], server.clock);
  await server.stop();
});
