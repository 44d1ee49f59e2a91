/**
 * The processor fails in every way that a processor over a network can: before it acts, after it acted, by silence and
 * by nonsense. No charge is lost, none is made twice: the caller hears that the outcome is unknown, the same key
 * settles it, and where the caller never comes back the recovery job does.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, cardForm } from "../support/http.ts";
import { type Caller, get, type Keyed, listAll, post, postUntilAnswered } from "./api-client.ts";
import { type FaultyProxy, startFaultyProxy, type Trouble } from "./faulty-proxy.ts";
import { authorizationsIn } from "./journal.ts";
import {
  pause,
  releaseAll,
  type ServerChild,
  type SimulatorChild,
  startServer,
  startSimulator,
  temporaryDirectory,
} from "./process.ts";
import { expectBalanced, expectOneEventPerChange } from "./verdict.ts";

/** A charge that nobody asks about again is settled a minute after it was made, at the job's next turn. */
const recoveryBoundMs = 90_000;

/** What an earlier process left behind is settled at the first turns of the job. */
const restartBoundMs = 25_000;

const unknownOutcome =
  "The card processor did not answer, so it is not known whether the charge went through. Retry with the same idempotency key: it asks again and never charges twice.";

interface Stage {
  readonly caller: Caller;
  server: ServerChild;
  readonly args: readonly string[];
}

async function openServer(simulatorUrl: string): Promise<Stage> {
  const store = ["--data-dir", temporaryDirectory()];
  const args = [...store, "--simulator-url", simulatorUrl, "--log-level", "silent"];
  const server = await startServer({ args });
  const stage: Stage = {
    args,
    caller: { secretKey: server.secret_key, url: () => stage.server.url },
    server,
  };
  return stage;
}

let simulator: SimulatorChild;
let proxy: FaultyProxy;
let stage: Stage;

beforeAll(async () => {
  simulator = await startSimulator({ journalFile: join(temporaryDirectory(), "journal") });
  proxy = await startFaultyProxy(simulator.url);
  stage = await openServer(proxy.url);
});

afterAll(async () => {
  await releaseAll();
  await proxy.close();
});

let keyCount = 0;
const charge = (source: string, amount = 2000): Keyed => ({
  form: { amount, currency: "usd", source },
  idempotencyKey: `charge-${++keyCount}`,
  path: "/v1/charges",
});

async function newToken(caller: Caller, number?: string): Promise<string> {
  const form = cardForm(number);
  const key = `token-${++keyCount}`;
  const { body } = await postUntilAnswered(caller, {
    form,
    idempotencyKey: key,
    path: "/v1/tokens",
  });
  return body.id;
}

const referencesIn = ({ journalFile }: SimulatorChild): string[] =>
  authorizationsIn(readFileSync(journalFile, "utf8")).map(({ reference }) => reference);

async function statusOf(caller: Caller, id: string): Promise<unknown> {
  return (await get(caller, `/v1/charges/${id}`)).body["status"];
}

async function newestCharge(caller: Caller): Promise<{ id: string; status: unknown }> {
  const { body } = await get(caller, "/v1/charges?limit=1");
  const [newest] = body.data;
  if (newest === undefined) throw new Error("there is no charge");
  return { id: newest.id, status: newest["status"] };
}

function expectUnknown(answer: Answer): void {
  expect(answer.status, answer.text).toBe(500);
  expect(answer.body.error).toMatchObject({ message: unknownOutcome, type: "api_error" });
  expect(answer.headers["stripe-should-retry"]).toBe("true");
}

const inject = async (fault: object, into = simulator): Promise<void> => {
  const answer = await fetch(`${into.url}/faults`, {
    body: JSON.stringify(fault),
    method: "POST",
  });
  expect(answer.status).toBe(200);
};

describe("the same key settles a charge whose outcome was unknown, and the processor acts once", () => {
  const faults = [
    { action: "error", does: "answers 503 and does nothing" },
    { action: "drop_before", does: "cuts the connection before it acts" },
    { action: "drop_after", does: "cuts the connection after it acted" },
  ] as const;

  it.each(faults)("when the processor $does", async ({ action }) => {
    await inject({ action });
    const token = await newToken(stage.caller);
    const keyed = charge(token);
    expectUnknown(await post(stage.caller, keyed));
    const left = await newestCharge(stage.caller);
    expect(left.status).toBe("pending");
    const settled = await post(stage.caller, keyed);
    expect(settled.status, settled.text).toBe(200);
    expect(settled.body).toMatchObject({ id: left.id, status: "succeeded" });
    expect(referencesIn(simulator).filter((reference) => reference === left.id)).toHaveLength(1);
    // The settled answer is the key's answer from now on.
    const replayed = await post(stage.caller, keyed);
    expect(replayed.text).toBe(settled.text);
    expect(replayed.headers["idempotent-replayed"]).toBe("true");
    // And the token is spent, whichever way it went.
    const second = await post(stage.caller, charge(token));
    expect(second.body.error["code"]).toBe("token_already_used");
  });

  const troubles: readonly Trouble[] = ["garbage", "other_json", "error", "cut"];

  it.each(troubles)("when the answer comes back as %s", async (trouble) => {
    const keyed = charge(await newToken(stage.caller));
    proxy.trouble = trouble;
    expectUnknown(await post(stage.caller, keyed));
    // The question what became of it is spoilt as well, and settles nothing.
    expectUnknown(await post(stage.caller, keyed));
    proxy.trouble = "pass";
    const settled = await post(stage.caller, keyed);
    expect(settled.body, settled.text).toMatchObject({ status: "succeeded" });
    const references = referencesIn(simulator);
    expect(references.filter((reference) => reference === settled.body.id)).toHaveLength(1);
  });

  it("when it turns out that the card was declined", async () => {
    await inject({ action: "drop_after" });
    const keyed = charge(await newToken(stage.caller, "4000000000009995"));
    expectUnknown(await post(stage.caller, keyed));
    const settled = await post(stage.caller, keyed);
    expect(settled.status).toBe(402);
    expect(settled.body.error).toMatchObject({
      code: "card_declined",
      decline_code: "insufficient_funds",
    });
    expect(await statusOf(stage.caller, settled.body.error["charge"] ?? "")).toBe("failed");
  });

  it("when the card is a named test token", async () => {
    await inject({ action: "drop_before" });
    const keyed = charge("tok_visa");
    expectUnknown(await post(stage.caller, keyed));
    const settled = await post(stage.caller, keyed);
    expect(settled.body, settled.text).toMatchObject({ status: "succeeded" });
  });

  it("when many callers use the key at once", async () => {
    await inject({ action: "drop_after" });
    const keyed = charge(await newToken(stage.caller));
    expectUnknown(await post(stage.caller, keyed));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => postUntilAnswered(stage.caller, keyed)),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const [first] = answers;
    expect(first?.body).toMatchObject({ status: "succeeded" });
    const references = referencesIn(simulator);
    expect(references.filter((reference) => reference === first?.body.id)).toHaveLength(1);
  });
});

it("a slow processor is waited for", async () => {
  await inject({ action: "delay", delay_ms: 1500 });
  const answer = await post(stage.caller, charge(await newToken(stage.caller)));
  expect(answer.status, answer.text).toBe(200);
});

it("a key whose request still waits for the processor answers 409, and charges once", async () => {
  await inject({ action: "delay", delay_ms: 1500 });
  const keyed = charge(await newToken(stage.caller));
  const first = post(stage.caller, keyed);
  await pause(500);
  const second = await post(stage.caller, keyed);
  expect(second.status).toBe(409);
  expect(second.body.error["code"]).toBe("idempotency_key_in_use");
  const { body } = await first;
  expect(body["status"]).toBe("succeeded");
  expect(referencesIn(simulator).filter((reference) => reference === body.id)).toHaveLength(1);
});

describe.concurrent("where nobody answers for long", () => {
  it("a silent processor is given up after its time, and the same key settles the charge", async () => {
    const own = await startFaultyProxy(simulator.url);
    const { caller } = await openServer(own.url);
    const keyed = charge(await newToken(caller));
    own.trouble = "silence";
    const startedAt = performance.now();
    expectUnknown(await post(caller, keyed));
    expect(performance.now() - startedAt).toBeLessThan(13_000);
    own.trouble = "pass";
    const settled = await post(caller, keyed);
    expect(settled.body, settled.text).toMatchObject({ status: "succeeded" });
    await own.close();
  }, 30_000);

  it("a processor that is down takes no card; when it is back, the same key charges once", async () => {
    const journalFile = join(temporaryDirectory(), "journal");
    const first = await startSimulator({ journalFile });
    await first.kill();
    const { caller } = await openServer(first.url);
    const keyed = charge(await newToken(caller));
    expectUnknown(await post(caller, keyed));
    const back = await startSimulator({ journalFile, port: Number(new URL(first.url).port) });
    const settled = await post(caller, keyed);
    expect(settled.body, settled.text).toMatchObject({ status: "succeeded" });
    expect(referencesIn(back)).toEqual([settled.body.id]);
  }, 30_000);

  it(
    "the recovery job settles charges that no caller asks about again",
    async () => {
      const own = await startSimulator({ journalFile: join(temporaryDirectory(), "journal") });
      const line = await startFaultyProxy(own.url);
      const { caller } = await openServer(line.url);
      const cards = ["4242424242424242", "4000000000009995"];
      const tokens = await Promise.all(cards.map((number) => newToken(caller, number)));
      line.trouble = "cut";
      for (const token of tokens) expectUnknown(await post(caller, charge(token)));
      line.trouble = "pass";
      const settled = await untilSettled(caller, recoveryBoundMs);
      expect(settled.map(({ status }) => status).toSorted()).toEqual(["failed", "succeeded"]);
      expect(referencesIn(own).toSorted()).toEqual(settled.map(({ id }) => id).toSorted());
      await expectOneEventPerChange(caller, settled);
      await expectBalanced(caller, settled);
      await line.close();
    },
    recoveryBoundMs + 30_000,
  );

  it("a charge that the processor keeps failing does not keep the recovery job from the others", async () => {
    const own = await startSimulator({ journalFile: join(temporaryDirectory(), "journal") });
    const left = await openServer(own.url);
    const { caller } = left;
    const [stuckToken, token] = await Promise.all([newToken(caller), newToken(caller)]);
    await inject({ action: "error", count: 1_000_000, match: { amount: 4001 } }, own);
    await inject({ action: "drop_after", match: { amount: 4002 } }, own);
    expectUnknown(await post(caller, charge(stuckToken, 4001)));
    // The job takes the oldest first, and times are whole seconds.
    await pause(1100);
    expectUnknown(await post(caller, charge(token, 4002)));
    await pause(1100);
    await left.server.kill();
    left.server = await startServer({ args: left.args });
    const end = performance.now() + restartBoundMs;
    const statuses = async (): Promise<Record<string, unknown>> =>
      Object.fromEntries(
        (await listAll(caller, "/v1/charges")).map(({ amount, status }) => [amount, status]),
      );
    while (performance.now() < end && (await statuses())["4002"] === "pending") await pause(500);
    expect(await statuses()).toEqual({ "4001": "pending", "4002": "succeeded" });
  }, 60_000);

  it("a charge that a killed server left behind is settled by the next one without its caller", async () => {
    const own = await startSimulator({ journalFile: join(temporaryDirectory(), "journal") });
    const line = await startFaultyProxy(own.url);
    const left = await openServer(line.url);
    const { caller } = left;
    const token = await newToken(caller);
    line.trouble = "silence";
    const unanswered = post(caller, charge(token)).catch(() => "the connection broke");
    while (referencesIn(own).length === 0) await pause(10);
    // Times of charges are whole seconds: one of the next start's own second would be taken for the next start's.
    await pause(1100);
    await left.server.kill();
    expect(await unanswered).toBe("the connection broke");
    line.trouble = "pass";
    left.server = await startServer({ args: left.args });
    const settled = await untilSettled(caller, restartBoundMs);
    expect(settled.map(({ status }) => status)).toEqual(["succeeded"]);
    expect(referencesIn(own)).toEqual(settled.map(({ id }) => id));
    await expectOneEventPerChange(caller, settled);
    await line.close();
  }, 60_000);
});

/** All charges, once none is pending. @throws Error when one still is after the bound. */
async function untilSettled(caller: Caller, boundMs: number) {
  const end = performance.now() + boundMs;
  while (performance.now() < end) {
    const charges = await listAll(caller, "/v1/charges");
    if (charges.every(({ status }) => status !== "pending")) return charges;
    await pause(500);
  }
  throw new Error(`a charge is still pending after ${boundMs} ms`);
}
