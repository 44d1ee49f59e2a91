/**
 * The disk runs full under load. Writes are refused with a sentence that says so and leave nothing behind, reads go on,
 * and when there is room again the same server goes on by itself. Everything that was acknowledged is there.
 */
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { type Answer, cardForm } from "../support/http.ts";
import { type Caller, get, isFinal, type Keyed, post, postUntilAnswered } from "./api-client.ts";
import { type DiskKind, diskKinds, type ScarceDisk, smallFileSystem } from "./full-disk.ts";
import type { Acknowledged } from "./load.ts";
import { releaseAll, type ServerChild, serverExit, startServer } from "./process.ts";
import {
  expectBalanced,
  expectKept,
  expectLedgerSumsToZero,
  expectOneEffectPerKey,
  expectOneEventPerChange,
} from "./verdict.ts";

const opened: ScarceDisk[] = [];

function open(kind: DiskKind): ScarceDisk {
  const disk = kind.open();
  opened.push(disk);
  return disk;
}

afterAll(async () => {
  for (const disk of opened) disk.remove();
  await releaseAll();
});

/** More charges than fit in any case. */
const chargeCountMax = 20_000;
const clientCount = 16;
const fullMessage =
  "The database could not store this request, so nothing was changed. Please try again with the same idempotency key; if it goes on, check the server's disk space and log.";

/** What clients heard until the disk was full, and the requests that were refused then. */
interface Heard {
  readonly acknowledged: Acknowledged[];
  readonly refused: { readonly keyed: Keyed; readonly answer: Answer }[];
}

/** Charges and makes tokens until the disk is full for every client. */
async function fill(caller: Caller): Promise<Heard> {
  const heard: Heard = { acknowledged: [], refused: [] };
  let count = 0;
  const ask = async (keyed: Keyed): Promise<Answer> => {
    const answer = await post(caller, keyed);
    (isFinal(answer) ? heard.acknowledged : heard.refused).push({ answer, keyed });
    return answer;
  };
  const client = async (): Promise<void> => {
    while (count < chargeCountMax) {
      const turn = ++count;
      const name = `fill-${turn}`;
      const token = await ask({
        form: cardForm(),
        idempotencyKey: `${name}-token`,
        path: "/v1/tokens",
      });
      if (!isFinal(token)) return;
      const form = {
        amount: 1000 + turn,
        currency: "usd",
        description: "d".repeat(2000),
        source: token.body.id,
      };
      const charge = await ask({ form, idempotencyKey: `${name}-charge`, path: "/v1/charges" });
      if (!isFinal(charge)) return;
    }
  };
  await Promise.all(Array.from({ length: clientCount }, client));
  return heard;
}

const callerOf = (server: ServerChild): Caller => ({
  secretKey: server.secret_key,
  url: () => server.url,
});

/** Nobody answers 503 for another reason, and nothing of a refused request is there. */
async function expectRefusedWhole(caller: Caller, { refused }: Heard): Promise<void> {
  for (const { answer } of refused) {
    expect(answer.status, answer.text).toBe(503);
    expect(answer.body.error).toEqual({
      message: fullMessage,
      request_log_url: expect.stringMatching(/\/v1\/istripe\/request_logs\/req_\w+$/),
      type: "api_error",
    });
    expect(answer.headers["stripe-should-retry"]).toBe("true");
  }
  const { body } = await get(caller, "/v1/charges?limit=100");
  const amounts = new Set(body.data.map(({ amount }) => amount));
  for (const { keyed } of refused) expect(amounts).not.toContain(keyed.form["amount"]);
}

async function expectReadsGoOn(caller: Caller, heard: Heard): Promise<void> {
  const last = heard.acknowledged.filter(({ keyed }) => keyed.path === "/v1/charges").at(-1);
  const read = await get(caller, `/v1/charges/${last?.answer.body.id}`);
  expect(read.body).toEqual(last?.answer.body);
  for (const path of ["/v1/balance", "/v1/events", "/v1/balance_transactions", "/readyz"]) {
    const { status, text } = await get(caller, path);
    expect(status, `${path} ${text}`).toBe(200);
  }
}

async function startOn(disk: ScarceDisk): Promise<ServerChild> {
  const server = await startServer({ args: ["--data-dir", disk.dataDir, "--log-level", "error"] });
  const token = await post(callerOf(server), {
    form: cardForm(),
    idempotencyKey: "before",
    path: "/v1/tokens",
  });
  expect(token.status, token.text).toBe(200);
  disk.restrict(server.pid);
  return server;
}

/** Without one of them nothing here would be proved. */
it("this machine can make a disk run full", () => {
  expect(diskKinds.length).toBeGreaterThan(0);
});

describe.each(diskKinds)("$name", (kind) => {
  it("refuses writes whole, serves reads, goes on when there is room, and keeps what it acknowledged", async () => {
    const disk = open(kind);
    const server = await startOn(disk);
    const caller = callerOf(server);
    const heard = await fill(caller);
    expect(heard.refused.length, server.tail()).toBe(clientCount);
    expect(heard.acknowledged.length).toBeGreaterThan(clientCount);
    await expectRefusedWhole(caller, heard);
    await expectReadsGoOn(caller, heard);

    disk.relieve(server.pid);
    // The keys that were refused are good for the same requests; each client takes up where it stopped.
    const settled = await Promise.all(
      heard.refused.map(async ({ keyed }) => ({
        answer: await postUntilAnswered(caller, keyed, 10_000),
        keyed,
      })),
    );
    for (const { answer } of settled) expect(answer.status, answer.text).toBe(200);
    const acknowledged = [...heard.acknowledged, ...settled];
    await expectKept(caller, acknowledged);
    const charges = await expectOneEffectPerKey(caller, acknowledged);
    await expectOneEventPerChange(caller, charges);
    await expectBalanced(caller, charges);
    expect(await server.stop()).toBe(0);
    await expectLedgerSumsToZero(queryOf(disk));
  }, 120_000);

  it("a server that is stopped while the disk is full comes back with all that it acknowledged", async () => {
    const disk = open(kind);
    const server = await startOn(disk);
    const heard = await fill(callerOf(server));
    expect(heard.refused.length).toBe(clientCount);
    expect(await server.stop(), server.tail()).toBe(0);
    disk.relieve(process.pid);
    const next = await startServer({ args: ["--data-dir", disk.dataDir] });
    await expectKept(callerOf(next), heard.acknowledged);
    await expectOneEffectPerKey(callerOf(next), heard.acknowledged);
    expect(await next.stop()).toBe(0);
  }, 120_000);
});

describe.each(diskKinds.filter((kind) => kind === smallFileSystem))("$name", (kind) => {
  it("stops a start with a sentence that speaks of the disk, and lets it through when there is room", async () => {
    const disk = open(kind);
    const args = ["--port", "0", "--data-dir", disk.dataDir];
    disk.fillUp?.();
    const exit = await serverExit({ args });
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(/^[^\n]{20,500}[.]\n$/);
    expect(exit.stderr).toMatch(/disk|space|room|written/);
    expect(exit.stderr).not.toContain("Another iStripe");
    disk.relieve(0);
    const server = await startServer({ args });
    expect(await server.stop()).toBe(0);
  });
});

const queryOf =
  ({ dataDir }: ScarceDisk) =>
  async (sql: string): Promise<Record<string, unknown>[]> => {
    const database = new DatabaseSync(`${dataDir}/istripe.db`);
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  };
