/**
 * A card number is sent along every way into the server, right and wrong, each time a fresh one, with a log that tells
 * everything and an endpoint that is told of every event. Afterwards not one of them is in the data directory, the log,
 * an answer, a webhook, the database or the processor's journal, in any form; nor is a security code.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemsOf } from "../support/event-check.ts";
import { cardForm, encoded, type Form, type Sent, send } from "../support/http.ts";
import {
  createStore,
  engines,
  type ServerProcess,
  type StartedProcess,
  startProcess,
  startServerProcess,
  stopProcess,
  type TestStore,
} from "../support/server.ts";
import { type Receiver, startReceiver } from "../webhooks/support/receiver.ts";
import {
  filesIn,
  findLeaks,
  freshNumber,
  type Haystack,
  type Needle,
  needlesOf,
  wrongNumber,
} from "./leak-scan.ts";
import { ways } from "./leak-ways.ts";

const charge: Form = { amount: 2000, currency: "usd" };

/** A security code is too short to be unique, so what is looked for is a code beside its name. */
const codeBesideItsName = /cvc(?:\]|%5d)?["']?\s*[=:]\s*["']?\d{3,4}(?!\d)/i;

describe.each(engines)("on %s", (engine) => {
  let store: TestStore;
  let folder: string;
  let server: ServerProcess;
  let simulator: StartedProcess;
  let receiver: Receiver;
  let secret: string;
  const numbers: string[] = [];
  const answers: Haystack[] = [];

  beforeAll(async () => {
    store = await createStore(engine);
    folder = mkdtempSync(join(tmpdir(), "istripe-journal-"));
    simulator = await startProcess("simulator/src/main.ts", ["--journal", join(folder, "journal")]);
    const { url } = JSON.parse(simulator.firstLine) as { readonly url: string };
    server = await startServerProcess([
      ...store.flags,
      ...["--log-level", "trace", "--request-log", "all", "--simulator-url", url],
    ]);
    receiver = await startReceiver();
    const { body } = await send(server.url, {
      form: { "enabled_events[]": "*", url: receiver.url },
      key: server.secretKey,
      path: "/v1/webhook_endpoints",
    });
    secret = String(body["secret"]);
  });

  afterAll(async () => {
    await server.stop();
    await receiver.close();
    await stopProcess(simulator.child);
    store.remove();
    rmSync(folder, { force: true, recursive: true });
  });

  const fresh = (number = freshNumber()): string => {
    numbers.push(number);
    return number;
  };

  async function ask(name: string, sent: Sent) {
    const answer = await send(server.url, sent);
    const bytes = Buffer.from(`${JSON.stringify(answer.headers)}\n${answer.text}`);
    answers.push({ bytes, name: `the answer to ${name}` });
    return answer;
  }

  const needles = (): Needle[] => numbers.flatMap(needlesOf);

  test.each(Object.keys(ways))("%s: the answer is no fault and holds no number", async (name) => {
    const way = ways[name];
    if (way === undefined) throw new Error("a way has lost its name");
    for (const number of [fresh(), fresh(wrongNumber())]) {
      const { status } = await ask(name, way(number, server));
      expect(status === 501 || status < 500).toBe(true);
    }
    expect(findLeaks(answers.slice(-2), numbers.slice(-2).flatMap(needlesOf))).toEqual([]);
  });

  test("a card that is tokenized, charged, replayed, listed and read in events", async () => {
    const number = fresh();
    const { secretKey: key } = server;
    const headers = { "idempotency-key": `leaks-${number.slice(-4)}` };
    const form = cardForm(number);
    const made = await ask("a token", { form, headers, key, path: "/v1/tokens" });
    const again = await ask("a replay", { form, headers, key, path: "/v1/tokens" });
    expect([again.text, again.headers["idempotent-replayed"]]).toEqual([made.text, "true"]);
    const source = made.body.id;
    const paid = await ask("a charge", { form: { ...charge, source }, key, path: "/v1/charges" });
    expect(paid.body).toMatchObject({ paid: true, source: { last4: number.slice(-4) } });
    for (const path of ["/v1/charges", "/v1/events", `/v1/tokens/${source}`]) {
      expect((await ask(path, { key, path })).status).toBe(200);
    }
  });

  test("a card that the processor declines", async () => {
    // No test card: fresh, with a valid check digit, in a range that the simulator does not know.
    const number = fresh("4539578763621486");
    const { secretKey: key } = server;
    const { body } = await ask("a token", { form: cardForm(number), key, path: "/v1/tokens" });
    const form = { ...charge, source: body.id };
    const declined = await ask("a decline", { form, key, path: "/v1/charges" });
    expect(declined.status).toBe(402);
  });

  test("a connection that breaks off inside the number", async () => {
    const number = fresh();
    const { port } = new URL(server.url);
    const body = encoded(cardForm(number));
    const cut = body.indexOf(number) + 14;
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(
          `POST /v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.secretKey}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, cut)}`,
          () => socket.destroy(),
        );
      });
      socket.on("close", () => resolve());
      socket.on("error", reject);
    });
  });

  test("a request line that is no HTTP", async () => {
    const number = fresh();
    const { port } = new URL(server.url);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), "127.0.0.1", () =>
        socket.end(`${number} ${number}\r\n\r\n`),
      );
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("close", () => resolve(Buffer.concat(chunks)));
      socket.on("error", reject);
    });
    answers.push({ bytes: answer, name: "the answer to garbage" });
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("nothing that was written or answered holds a number or a security code", async () => {
    // Both logs are written in batches.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await send(server.url, {
      key: server.secretKey,
      path: "/v1/test_helpers/webhook_deliveries/idle?timeout=5",
    });
    const webhooks = JSON.stringify(receiver.arrivals.map(({ headers, text }) => [headers, text]));
    const places: Haystack[] = [
      ...answers,
      { bytes: Buffer.from(webhooks), name: "the webhooks" },
      ...filesIn(store.dataDir),
      ...filesIn(folder),
      { bytes: server.output(), name: "the server's output" },
      { bytes: simulator.output(), name: "the simulator's output" },
      { bytes: Buffer.from(await storedText(store)), name: "the stored rows" },
    ];
    // The places are the right ones: what may be shown of the cards is in them.
    const texts = new Map(places.map(({ bytes, name }) => [name, bytes.toString("latin1")]));
    expect(texts.get("the server's output")).toContain('"route":"/v1/tokens"');
    expect(texts.get("/journal")).toContain('"last4":"');
    expect(texts.get("the stored rows")).toContain("fingerprint");
    expect(receiver.types()).toEqual(expect.arrayContaining(["charge.succeeded", "charge.failed"]));
    expect(receiver.arrivals.flatMap((arrival) => problemsOf(arrival, secret))).toEqual([]);
    const logged = await store.query("select path from request_logs");
    expect(logged.map(({ path }) => path)).toContain("/v1/tokens");
    expect(numbers.length).toBeGreaterThan(2 * Object.keys(ways).length);
    expect(findLeaks(places, needles())).toEqual([]);
    const withCode = places.filter(({ bytes }) => codeBesideItsName.test(bytes.toString("latin1")));
    expect(withCode.map(({ name }) => name)).toEqual([]);
  });
});

/** Every row of every table as text, whatever the engine keeps in its files. */
async function storedText(store: TestStore): Promise<string> {
  const tables = await store.query(
    store.engine === "sqlite"
      ? "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
      : "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const rows = [];
  for (const { name } of tables) rows.push(await store.query(`select * from ${String(name)}`));
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

describe("the scan", () => {
  const number = freshNumber();

  test.each(needlesOf(number).map(({ bytes, form }) => [form, bytes] as const))(
    "finds a number as %s",
    (_, bytes) => {
      const haystack = Buffer.concat([Buffer.from("before "), bytes, Buffer.from(" after")]);
      expect(findLeaks([{ bytes: haystack, name: "a place" }], needlesOf(number))).not.toEqual([]);
    },
  );

  test("finds a number inside base64 wherever it begins", () => {
    for (const before of ["", "a", "ab", "abc"]) {
      const bytes = Buffer.from(Buffer.from(`${before}${number}!`).toString("base64"));
      expect(findLeaks([{ bytes, name: "a place" }], needlesOf(number))).not.toEqual([]);
    }
  });

  test("lets pass what may be shown", () => {
    const bytes = Buffer.from(`${number.slice(0, 6)}******${number.slice(-4)} ${freshNumber()}`);
    expect(findLeaks([{ bytes, name: "a place" }], needlesOf(number))).toEqual([]);
  });

  test("finds a security code beside its name", () => {
    for (const text of ["card[cvc]=123&", '"cvc":"1234"', "cvc: 123", "card%5Bcvc%5D=987"]) {
      expect(text).toMatch(codeBesideItsName);
    }
    expect('"cvc_check":"pass","cvc":null').not.toMatch(codeBesideItsName);
  });
});
